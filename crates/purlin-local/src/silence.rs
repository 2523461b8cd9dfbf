//! How long the emulator runs without requests: an hour, unless the user says otherwise.

use std::env;
use std::time::Duration;

use crate::error::LocalError;

/// The user's variable, such as `90m` or `never`. The emulator gets it in seconds.
pub(crate) const VARIABLE: &str = "PURLIN_LOCAL_STOP_AFTER";

const DEFAULT: Duration = Duration::from_hours(1);

/// The limit that was given, else that of the environment, else an hour. `None` is no limit.
pub(crate) fn limit(given: Option<&str>) -> Result<Option<Duration>, LocalError> {
    let configured = env::var(VARIABLE).ok().filter(|text| !text.is_empty());
    let Some(text) = given.or(configured.as_deref()) else { return Ok(Some(DEFAULT)) };
    if text == "never" {
        return Ok(None);
    }
    parse(text).map(Some).ok_or_else(|| LocalError::StopAfter { given: text.to_owned() })
}

/// A time as users write it.
fn parse(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at(text.find(|it: char| !it.is_ascii_digit())?);
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    let total = number.parse::<u64>().ok()?.checked_mul(seconds)?;
    (1..=365 * 86_400).contains(&total).then(|| Duration::from_secs(total))
}

/// The limit in words.
pub(crate) fn words(limit: Duration) -> String {
    match limit.as_secs() {
        3600 => "an hour".to_owned(),
        seconds if seconds.is_multiple_of(3600) => format!("{} h", seconds / 3600),
        seconds if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_numbers_with_a_unit_or_never() {
        for (text, expected) in [("90s", 90), ("5m", 300), ("2h", 7200), ("1d", 86_400)] {
            assert_eq!(parse(text), Some(Duration::from_secs(expected)), "{text}");
        }
        for text in
            ["", "0", "60", "0s", "-1h", "1.5h", "h", "1w", "1h30m", "Never", "99999999999999999999h", "400d", "é"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
        assert!(limit(Some("soon")).unwrap_err().to_string().contains("`soon`"));
        assert_eq!(limit(Some("never")).unwrap(), None);
    }
}
