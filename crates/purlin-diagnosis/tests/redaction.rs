//! Redaction of texts, by lines of logs with their secrets marked, and by lines without one.

use purlin_diagnosis::redact;

#[test]
fn exactly_the_secrets_of_a_line_are_hidden() {
    let lines: Vec<_> =
        include_str!("credentials.txt").lines().filter(|it| !it.is_empty() && !it.starts_with('#')).collect();
    assert!(lines.len() >= 150, "{} lines", lines.len());
    let mut wrong = Vec::new();
    for line in lines {
        let line = line.replace('⏎', "\n");
        let (mut text, mut expected) = (String::new(), String::new());
        for (index, part) in line.split(['⟦', '⟧']).enumerate() {
            text += part;
            expected += if index % 2 == 0 { part } else { "***" };
        }
        let found = redact(&text);
        if found != expected || redact(&found) != found {
            wrong.push(format!("{text}\n  is        {found}\n  should be {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{} lines:\n{}", wrong.len(), wrong.join("\n"));
}
