//! Whether the emulator's process, or a child of it, still runs: all are in its process group.

use std::fs;
use std::process::{Command, Stdio};

/// Whether the process group has a living process. A zombie is none: containers without an init process keep them.
pub(crate) fn has_living(group: u32) -> bool {
    if fs::exists("/proc/self/stat").unwrap_or_default() {
        let stats = fs::read_dir("/proc").into_iter().flatten().flatten().map(|it| it.path().join("stat"));
        return stats.filter_map(|stat| fs::read_to_string(stat).ok()).any(|stat| is_living_member(&stat, group));
    }
    let mut check = Command::new("kill");
    check.args(["-0", "--", &format!("-{group}")]).stdout(Stdio::null()).stderr(Stdio::null());
    check.status().is_ok_and(|status| status.success())
}

/// Reads `/proc/PID/stat`: the id, the name in parentheses, which may hold anything, the state, the parent, the group.
fn is_living_member(stat: &str, group: u32) -> bool {
    let Some((_, rest)) = stat.rsplit_once(')') else { return false };
    let mut fields = rest.split_whitespace();
    let state = fields.next();
    state != Some("Z") && state != Some("X") && fields.nth(1).and_then(|it| it.parse().ok()) == Some(group)
}

#[cfg(test)]
mod tests {
    use super::is_living_member;

    #[test]
    fn a_zombie_and_another_group_are_no_members() {
        for (stat, expected) in [
            ("7 (python) S 1 42 42 0", true),
            ("7 (a) b) R 1 42 42 0", true),
            ("7 (python) Z 1 42 42 0", false),
            ("7 (python) S 1 43 42 0", false),
            ("7 (python) S 42 1 42 0", false),
            ("", false),
        ] {
            assert_eq!(is_living_member(stat, 42), expected, "{stat}");
        }
    }
}
