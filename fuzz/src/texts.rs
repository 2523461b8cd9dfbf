//! Texts of strangers on the terminal and in reports.

use purlin_diagnosis::redact;

use crate::parts;
use crate::terminal::{columns, fit, harmless, printable, printable_json};

const SECRET: &str = "Tr0ub4dor&3-x9Q";
/// Lines with a secret: what is before and after it.
const PLACES: &[(&str, &str)] = &[
    ("DB_PASSWORD=", ""),
    ("{\"password\": \"", "\"}"),
    ("postgres://shop:", "@db.internal/shop"),
    ("Authorization: Bearer ", ""),
    ("--password ", " --verbose"),
    ("<Password>", "</Password>"),
];

/// A password in any surroundings is hidden, and what is hidden stays as it is.
pub(crate) fn redaction(data: &[u8]) {
    let Some([before, after]) = parts(data) else { return };
    // One place for each input: the patterns take their time.
    let (start, end) = PLACES[data.len() % PLACES.len()];
    let found = redact(&format!("{before}\n{start}{SECRET}{end}\n{after}"));
    assert!(!found.contains(SECRET), "{start}: {found:?}");
    let once = redact(before);
    assert_eq!(redact(&once), once);
}

/// No text controls a terminal or a CI service, and none is wider than it says.
pub(crate) fn terminal(data: &[u8]) {
    const COLOURS: &[&str] = &["\x1b[31m", "\x1b[0m"];
    let Some([text]) = parts(data) else { return };
    let json = serde_json::json!({ text: [text] });
    let escaped = printable_json(&json.to_string());
    assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).expect("it is JSON"), json, "the same JSON");
    assert_eq!(printable(&escaped, &[]), escaped, "JSON commands nothing");
    let plain = printable(text, &[]);
    assert!(!plain.contains(|it: char| it.is_control() && !matches!(it, '\n' | '\t')), "{plain:?}");
    assert!(!plain.contains(['\u{202e}', '\u{2066}', '\u{e0041}']), "{plain:?}");
    assert!(!plain.contains("##[") && !plain.contains("##vso["), "{plain:?}");
    assert!(!plain.lines().any(|line| line.trim_start().starts_with("::")), "{plain:?}");
    assert_eq!(printable(&plain, &[]), plain, "twice is once");
    let mut painted = printable(text, COLOURS);
    for width in [0, 1, 7, 80] {
        assert!(columns(&fit(&painted, width)) <= width.max(1), "{painted:?} in {width}");
    }
    for colour in COLOURS {
        painted = painted.replace(colour, "");
    }
    assert!(!painted.contains(['\x1b', '\u{9b}']), "{painted:?}");
    let line = harmless(text);
    assert!(!line.contains(char::is_control), "{line:?}");
}
