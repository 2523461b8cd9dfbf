//! Times, sizes and names in short forms.

use std::time::Duration;

/// A span of time: `59s`, `1m01s`, `2h05m`.
pub(crate) fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// A rounded time: `20 s`, `5 min`, `2 h`.
pub(crate) fn about(time: Duration) -> String {
    let (number, unit) = rounded(time);
    format!("{number} {unit}")
}

/// A range of times, in the unit of the longer: `3-5 min`, `40-60 s`.
pub(crate) fn band(from: Duration, to: Duration) -> String {
    let (high, unit) = rounded(to);
    let low = match unit {
        "s" => rounded(from).0,
        "min" => ((from.as_secs() + 30) / 60).max(1),
        _ => ((from.as_secs() + 1_800) / 3_600).max(1),
    };
    if low < high { format!("{low}-{high} {unit}") } else { format!("{high} {unit}") }
}

/// Rounds an estimate to tens of seconds, minutes, or hours.
fn rounded(time: Duration) -> (u64, &'static str) {
    match time.as_secs() {
        0..=10 => (10, "s"),
        seconds @ 11..90 => (seconds.div_ceil(10) * 10, "s"),
        seconds @ 90..5_400 => ((seconds + 30) / 60, "min"),
        seconds => ((seconds + 1_800) / 3_600, "h"),
    }
}

/// The size of a file.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// A resource type without `AWS::`: `ECS::Service`.
pub(crate) fn short_type(resource_type: &str) -> &str {
    resource_type.strip_prefix("AWS::").unwrap_or(resource_type)
}

/// The service of a resource type: `ECS`.
pub(crate) fn service(resource_type: &str) -> &str {
    short_type(resource_type).split("::").next().unwrap_or(resource_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_for_people() {
        let seconds = Duration::from_secs;
        for (time, expected) in [(59, "59s"), (61, "1m01s"), (7_500, "2h05m")] {
            assert_eq!(span(seconds(time)), expected);
        }
        for (from, to, expected) in
            [(170, 310, "3-5 min"), (35, 120, "1-2 min"), (2, 9, "10 s"), (35, 61, "40-70 s"), (3_000, 9_000, "1-3 h")]
        {
            assert_eq!(band(seconds(from), seconds(to)), expected);
        }
        assert_eq!(about(seconds(119)), "2 min");
        assert_eq!([size(999), size(1_500), size(2_340_000)], ["999 bytes", "1 kB", "2.3 MB"]);
    }

    #[test]
    fn types_are_short() {
        assert_eq!((short_type("AWS::ECS::Service"), service("AWS::ECS::Service")), ("ECS::Service", "ECS"));
        assert_eq!((short_type("Custom::Thing"), service("Custom::Thing")), ("Custom::Thing", "Custom"));
    }
}
