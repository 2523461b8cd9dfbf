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
    let started = started(process::id()).unwrap_or_default();
    let machine = machine().unwrap_or_else(|| "0".to_owned());
    format!("{OURS}{}-{machine}-{}x{started}-{:04x}", now(), process::id(), fastrand::u16(..))
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
    let is_dead = machine().is_some_and(|machine| machine == machine_of_it) && is_dead(process_of_it).unwrap_or(false);
    is_dead || age > i64::try_from(FORGOTTEN.as_millis()).unwrap_or(i64::MAX)
}

/// Whether a process of this machine has ended, from its number and its start: numbers are used again.
fn is_dead(process: &str) -> Option<bool> {
    let (number, start) = process.split_once('x')?;
    Some(started(number.parse().ok()?) != Some(start.parse().ok()?))
}

/// When a process started, in ticks since the start of the system; none for one that is not there.
fn started(process: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name of the program is in brackets, and may have some of its own.
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

/// A hash of what two processes share that can see each other in `/proc`: the running system, the namespace of process
/// numbers, that of times, the user. A host name is not enough: containers may share one, and not their processes. `None`
/// where processes cannot be told so; then only time tells.
fn machine() -> Option<String> {
    let proc = Path::new("/proc");
    let own = fs::read_link(proc.join("self")).ok()?;
    if own.to_str() != Some(&process::id().to_string()) {
        return None;
    }
    let boot = fs::read_to_string(proc.join("sys/kernel/random/boot_id")).ok()?;
    let name = fs::read_to_string(proc.join("sys/kernel/hostname")).unwrap_or_default();
    let numbers = fs::read_link(proc.join("self/ns/pid")).ok()?;
    let times = fs::read_link(proc.join("self/ns/time")).unwrap_or_default();
    let seen = format!("{boot}{name}{} {} {}", numbers.display(), times.display(), user(&proc.join("self"))?);
    let hash = seen
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    Some(format!("{hash:016x}"))
}

#[cfg(unix)]
fn user(process: &Path) -> Option<u32> {
    fs::metadata(process).ok().map(|it| std::os::unix::fs::MetadataExt::uid(&it))
}

#[cfg(not(unix))]
fn user(_process: &Path) -> Option<u32> {
    None
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
        let (here, own) = (machine().unwrap(), process::id());
        let of = |machine: &str, process: &str| format!("{OURS}1-{machine}-{process}-00ff");
        let start = started(own).unwrap();
        let gone = format!("{}x{start}", u32::MAX);
        // Name, age in milliseconds, and whether it is abandoned.
        let cases = [
            (change_set_name(), 0, false),
            (of(&here, &format!("{own}x{start}")), 0, false),
            (of(&here, &gone), 0, true),
            // The number has gone to another process.
            (of(&here, &format!("{own}x{}", start - 1)), 0, true),
            (of("0123abcd", &gone), 0, false),
            (of("0123abcd", "1x1"), hour + 1, true),
            // No machine, no start: not known, as in names of earlier versions.
            (of("0", &gone), 0, false),
            (of(&here, "4294967295"), 0, false),
            (of(&here, "4294967295"), hour + 1, true),
            ("a-colleagues".to_owned(), 9 * hour, false),
            ("purlin-by-hand".to_owned(), 9 * hour, false),
        ];
        for (name, age, expected) in cases {
            let waiting = Waiting { id: name.clone(), name: name.clone(), created_at: 1_000 };
            assert_eq!(is_abandoned(&waiting, 1_000 + age), expected, "{name}");
        }
    }

    /// The same host name, another namespace of processes: what `docker run --network host` gives.
    #[test]
    fn a_container_of_the_same_host_name_is_another_machine() {
        let program = std::env::current_exe().unwrap();
        let inner = "ownership::tests::its_own_machine";
        let in_container = process::Command::new("unshare")
            .args(["--user", "--map-root-user", "--pid", "--fork", "--mount-proc"])
            .arg(program)
            .args(["--exact", inner, "--nocapture", "--ignored"])
            .output();
        let Ok(output) = in_container else { return };
        let text = String::from_utf8_lossy(&output.stdout);
        let Some(other) = text.lines().find_map(|line| line.strip_prefix("machine ")) else { return };
        assert_ne!(Some(other), machine().as_deref());
    }

    #[test]
    #[ignore = "it is run in a container by the test above"]
    fn its_own_machine() {
        println!("machine {}", machine().unwrap());
    }
}
