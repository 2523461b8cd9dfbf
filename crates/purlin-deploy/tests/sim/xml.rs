//! CloudFormation's answers as XML, and its refusals.

use std::fmt::Display;

/// An answer as it goes over the wire.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    /// The code of a refusal.
    pub code: Option<String>,
    pub body: String,
}

/// The result of a call: the inside of its XML, or a refusal.
pub type Reply = Result<String, Answer>;

pub fn result(action: &str, inside: &str) -> Answer {
    let body = format!(
        "<{action}Response xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><{action}Result>{inside}\
         </{action}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{action}Response>"
    );
    Answer { status: 200, code: None, body }
}

pub fn refusal_of(status: u16, code: &str, message: &str) -> Answer {
    let sender = if status < 500 { "Sender" } else { "Receiver" };
    let error = tag("Type", sender) + &tag("Code", code) + &tag("Message", message);
    let body = format!("<ErrorResponse><Error>{error}</Error><RequestId>1</RequestId></ErrorResponse>");
    Answer { status, code: Some(code.to_owned()), body }
}

pub fn refusal(code: &str, message: &str) -> Answer {
    refusal_of(400, code, message)
}

/// What CloudFormation refuses most with.
pub fn invalid<T>(message: impl AsRef<str>) -> Result<T, Answer> {
    Err(refusal("ValidationError", message.as_ref()))
}

/// An element with text.
pub fn tag(name: &str, text: impl Display) -> String {
    let text = text.to_string().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<{name}>{text}</{name}>")
}

/// An element with text, where there is some.
pub fn maybe(name: &str, text: Option<impl Display>) -> String {
    text.map(|text| tag(name, text)).unwrap_or_default()
}

/// An element with elements.
pub fn nest(name: &str, inside: &str) -> String {
    format!("<{name}>{inside}</{name}>")
}

/// A list.
pub fn members(name: &str, members: impl IntoIterator<Item = String>) -> String {
    let members: String = members.into_iter().map(|member| nest("member", &member)).collect();
    nest(name, &members)
}

/// Milliseconds since 1970 as AWS writes them.
pub fn time(millis: i64) -> String {
    let (days, rest) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
    let (year, month, day) = date(days);
    let (hours, minutes, seconds) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{:03}Z", rest % 1000)
}

/// The Gregorian date of a day since 1970.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[test]
fn times_are_written_as_aws_does() {
    let cases = [(0, "1970-01-01T00:00:00.000Z"), (1_709_208_000_123, "2024-02-29T12:00:00.123Z")];
    for (millis, expected) in cases {
        assert_eq!(time(millis), expected);
    }
}
