//! The options of `purlin logs`, and the form of time spans.

use std::time::Duration;

use super::operations::StackRef;

#[derive(Debug, clap::Args)]
pub(crate) struct Logs {
    #[command(flatten)]
    pub(crate) stack: StackRef,

    /// Only one resource: its logical id, construct path or name [default: all services and functions]
    #[arg(value_name = "RESOURCE")]
    pub(crate) resource: Option<String>,

    /// How far back, such as `90s`, `10m`, `2h` or `1d`
    #[arg(long, value_name = "SPAN", default_value = "10m", value_parser = span)]
    pub(crate) since: Duration,

    /// Only lines with this filter pattern of CloudWatch Logs
    #[arg(long, value_name = "PATTERN")]
    pub(crate) filter: Option<String>,

    /// Follow new lines
    #[arg(long, short)]
    pub(crate) follow: bool,

    /// Print a JSON object for each line
    #[arg(long, short)]
    pub(crate) json: bool,
}

/// A span of time: a number and its unit.
pub(crate) fn span(given: &str) -> Result<Duration, String> {
    let wrong = || "it is a number with a unit: `90s`, `10m`, `2h` or `1d`".to_owned();
    let digits = given.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(given.len());
    let number: u64 = given[..digits].parse().map_err(|_| wrong())?;
    let seconds = match given[digits..].trim() {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(wrong)
}

/// The same, where a number without a unit is in minutes. Zero is refused.
pub(crate) fn minutes(given: &str) -> Result<Duration, String> {
    let is_number = !given.is_empty() && given.chars().all(|letter| letter.is_ascii_digit());
    let span = if is_number { span(&format!("{given}m")) } else { span(given) }?;
    if span.is_zero() { Err("it is longer than nothing: `10m`, or `10` for minutes".to_owned()) } else { Ok(span) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_written_with_their_unit() {
        let cases = [
            ("90s", Some(90)),
            ("10m", Some(600)),
            ("10 min", Some(600)),
            ("2h", Some(7_200)),
            ("1d", Some(86_400)),
            ("10", None),
            ("", None),
            ("m", None),
            ("1w", None),
            ("-1m", None),
            ("99999999999999999999s", None),
            ("9999999999999999999h", None),
        ];
        for (given, expected) in cases {
            assert_eq!(span(given).ok().map(|span| span.as_secs()), expected, "{given}");
        }
        for (given, expected) in [("10", Some(600)), ("90s", Some(90)), ("0", None), ("0m", None), ("ten", None)] {
            assert_eq!(minutes(given).ok().map(|span| span.as_secs()), expected, "{given}");
        }
    }
}
