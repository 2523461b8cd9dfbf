//! What a bare YAML word means: CloudFormation reads YAML 1.1, except that nothing there is a timestamp.
//!
//! Two deliberate deviations protect values that are almost never numbers: digits with a leading zero (account ids)
//! and numbers with colons or underscores (ports, durations) stay text.

use crate::node::Node;

/// The value of an unquoted, untagged scalar.
pub(crate) fn resolve(text: &str) -> Node {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Node::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Node::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Node::Bool(false),
        _ => integer(text)
            .map(Node::Integer)
            .or_else(|| is_float(text).then(|| Node::Float(text.to_owned())))
            .unwrap_or_else(|| Node::String(text.to_owned())),
    }
}

/// Whether some YAML reader, of any version, could take the bare word for something else than this text.
pub(crate) fn is_ambiguous(text: &str) -> bool {
    if !matches!(resolve(text), Node::String(_)) {
        return true;
    }
    if matches!(text, "=" | "<<")
        || ["y", "n", "null", "true", "false", "yes", "no", "on", "off"].contains(&text.to_lowercase().as_str())
    {
        return true;
    }
    // Numbers, dates, times, durations, hashes in exponent form: all start like a number and hold little else.
    let looks_numeric = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
    looks_numeric && text.chars().all(|c| c.is_ascii_hexdigit() || "xXoO_+-.:TtZz iInN".contains(c))
}

fn integer(text: &str) -> Option<i128> {
    let (sign, digits) = unsigned(text);
    if let Some(hex) = digits.strip_prefix("0x").filter(|hex| hex.chars().all(|c| c.is_ascii_hexdigit())) {
        return i128::from_str_radix(hex, 16).ok().map(|value| sign * value);
    }
    if !is_decimal(digits) {
        return None;
    }
    digits.parse().ok().map(|value: i128| sign * value)
}

fn unsigned(text: &str) -> (i128, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// Digits without a leading zero.
fn is_decimal(digits: &str) -> bool {
    digits == "0" || (digits.starts_with(|c: char| matches!(c, '1'..='9')) && is_digits(digits))
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// YAML 1.1 asks for a dot, and for a sign in the exponent: `1e3` is text.
fn is_float(text: &str) -> bool {
    let (_, text) = unsigned(text);
    let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(m, e)| (m, Some(e)));
    let exponent_ok = exponent.is_none_or(|exponent| {
        exponent.strip_prefix(['+', '-']).is_some_and(|digits| !digits.is_empty() && is_digits(digits))
    });
    let Some((whole, fraction)) = mantissa.split_once('.') else { return false };
    exponent_ok && is_digits(fraction) && (is_decimal(whole) || (whole.is_empty() && !fraction.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_what_cloudformation_reads() {
        for (text, expected) in [
            ("", "Null"),
            ("~", "Null"),
            ("yes", "Bool(true)"),
            ("Off", "Bool(false)"),
            ("y", "String(\"y\")"),
            ("443", "Integer(443)"),
            ("-1", "Integer(-1)"),
            ("0x1F", "Integer(31)"),
            ("012345678901", "String(\"012345678901\")"),
            ("0777", "String(\"0777\")"),
            ("22:22", "String(\"22:22\")"),
            ("1_000", "String(\"1_000\")"),
            ("2012-10-17", "String(\"2012-10-17\")"),
            ("1.10", "Float(\"1.10\")"),
            ("1.5e+3", "Float(\"1.5e+3\")"),
            (".5", "Float(\".5\")"),
            ("1e3", "String(\"1e3\")"),
            ("10.0.0.1", "String(\"10.0.0.1\")"),
            ("1.", "Float(\"1.\")"),
            (".", "String(\".\")"),
            ("-", "String(\"-\")"),
            ("0x", "String(\"0x\")"),
            (".inf", "String(\".inf\")"),
        ] {
            assert_eq!(format!("{:?}", resolve(text)), expected, "{text}");
        }
    }

    #[test]
    fn ambiguous_words_are_quoted() {
        for text in [
            "y",
            "N",
            "yes",
            "on",
            "OFF",
            "~",
            "null",
            "True",
            "2012-10-17",
            "2001-12-14T21:59:43.10-05:00",
            "0123",
            "1e3",
            "12e03",
            "0o17",
            "0b1",
            "22:22",
            "1_000",
            ".inf",
            "-.INF",
            ".NaN",
            "=",
            "<<",
            "+1",
            "1.2.3.4",
        ] {
            assert!(is_ambiguous(text), "{text}");
        }
        for text in ["t3.micro", "10.0.0.0/16", "AWS::SNS::Topic", "yesterday", "${AWS::Region}", "1m", "a"] {
            assert!(!is_ambiguous(text), "{text}");
        }
    }
}
