//! Ownership tokens: names of change sets and operations by which later runs, on any machine, recognise
//! those of this tool. No local files are needed.

use std::fs;
use std::path::Path;
use std::process;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::cloudformation::Waiting;

/// The names of our change sets and the tokens of our operations begin so.
const OURS: &str = "purlin-";

/// The age at which one of our change sets that was not executed counts as abandoned.
const FORGOTTEN: Duration = Duration::from_hours(1);

/// A name for a change set that never repeats: when, on which machine, in which process.
pub(crate) fn change_set_name() -> String {
    format!("{OURS}{}-{}-{}-{:04x}", now(), machine(), process::id(), fastrand::u16(..))
}

/// A token for an operation: AWS shows it with every event of it.
pub(crate) fn token(caller: &str) -> String {
    let caller: String = caller.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
    format!("{OURS}{caller}-{}-{:04x}", now(), fastrand::u16(..))
}

/// Whether this tool began the operation, in whatever process.
pub(crate) fn is_ours(token: &str) -> bool {
    token.starts_with(OURS)
}

/// Who began an operation, in words, where its token has a known form.
pub(crate) fn who(token: &str) -> Option<String> {
    if let Some(rest) = token.strip_prefix(OURS) {
        let caller = rest.split('-').next().unwrap_or_default();
        return Some(if caller.is_empty() { "purlin".to_owned() } else { format!("`{caller}` with purlin") });
    }
    token.starts_with("Console-").then(|| "a user of the AWS console".to_owned())
}

/// Whether one of our change sets is abandoned: its process has ended, or it has been
/// waiting for an hour by AWS's clock.
pub(crate) fn is_abandoned(waiting: &Waiting, now_at_aws: i64) -> bool {
    let Some(rest) = waiting.name.strip_prefix(OURS) else {
        return false;
    };
    let parts: Vec<&str> = rest.split('-').collect();
    let [_, machine_of_it, process_of_it, _] = parts[..] else {
        return false;
    };
    let age = now_at_aws.saturating_sub(waiting.created_at);
    let is_dead = machine_of_it == machine() && process_of_it.parse().is_ok_and(is_dead);
    is_dead || age > i64::try_from(FORGOTTEN.as_millis()).unwrap_or(i64::MAX)
}

/// Needs `/proc`: other systems wait for the hour.
fn is_dead(process: u32) -> bool {
    Path::new("/proc/self").exists() && !Path::new("/proc").join(process.to_string()).exists()
}

/// A hash of the host name: distinguishes machines and containers.
fn machine() -> String {
    let file = fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let variable = || ["HOSTNAME", "COMPUTERNAME"].iter().find_map(|name| std::env::var(name).ok());
    let name = file.or_else(variable).unwrap_or_default();
    let hash = name
        .trim()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{:08x}", hash & 0xffff_ffff)
}

fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_names_the_caller() {
        assert_eq!(who(&token("alice@example.com")).as_deref(), Some("`aliceexamplecom` with purlin"));
        assert_eq!(who("Console-CreateStack-1-2").as_deref(), Some("a user of the AWS console"));
        assert_eq!(who("exec1234"), None);
        assert!(is_ours(&token("ci")) && !is_ours("Console-CreateStack-1-2"));
        assert!(token(&"x".repeat(500)).len() <= 128 && change_set_name().len() <= 128);
    }

    #[test]
    fn change_sets_of_dead_processes_and_old_ones_are_abandoned() {
        let hour = 3_600_000;
        let of = |machine: &str, process: u32| format!("{OURS}1-{machine}-{process}-00ff");
        // Name, age in milliseconds, and whether it is abandoned.
        let cases = [
            (of(&machine(), process::id()), 0, false),
            (of(&machine(), u32::MAX), 0, true),
            (of("0123abcd", u32::MAX), 0, false),
            (of("0123abcd", 1), hour + 1, true),
            ("a-colleagues".to_owned(), 9 * hour, false),
            ("purlin-by-hand".to_owned(), 9 * hour, false),
        ];
        for (name, age, expected) in cases {
            let waiting = Waiting { id: name.clone(), name: name.clone(), created_at: 1_000 };
            assert_eq!(is_abandoned(&waiting, 1_000 + age), expected, "{name}");
        }
    }
}
