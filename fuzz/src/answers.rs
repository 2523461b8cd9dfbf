//! Answers of AWS, and of what stands in its place: captive portals, proxies, servers that break off.

use crate::form::{Flaw, check};
use crate::parts;

const QUERY: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/x-amz-json-1.1";

/// An answer that breaks off anywhere is not passed on, a whole one is, and what is said of a strange one is short and plain.
pub(crate) fn answers(data: &[u8]) {
    for (status, form) in [(200, QUERY), (200, JSON), (200, ""), (403, QUERY), (407, JSON), (503, QUERY)] {
        if let Err(Flaw::NotAws(message)) = check(status, form, data) {
            assert!(message.len() < 400 && !message.contains(char::is_control), "{message:?}");
        }
    }
    let Some([text]) = parts(data) else { return };
    let text = text.replace('<', "&lt;");
    let whole = format!("<?xml version=\"1.0\"?>\n<Answer xmlns=\"x\"><Text>{text}</Text></Answer>");
    check(200, QUERY, whole.as_bytes()).expect("a whole answer");
    // Every prefix of short ones, some of long ones.
    for end in (1..whole.len()).step_by(1 + whole.len() / 512) {
        assert!(check(200, QUERY, &whole.as_bytes()[..end]).is_err(), "{}", whole.get(..end).unwrap_or_default());
    }
    let whole = serde_json::json!({ "text": text }).to_string();
    check(200, JSON, whole.as_bytes()).expect("a whole answer");
}
