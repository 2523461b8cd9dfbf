//! Patterns for plain ASCII text, in which `\p{L}` is `a-zA-Z`: the classes of Unicode are large, and a debug build
//! takes longer to make one than to look at a whole template.

use std::fmt::Write;

/// What Unicode takes for symbols, and not for punctuation.
const SYMBOLS: &[u8] = b"$+<=>^`|~";

/// The pattern with its Unicode classes reduced to ASCII; nothing if it has none, or one that is not known here.
pub(super) fn reduced(pattern: &str) -> Option<String> {
    if !pattern.contains("\\p{") && !pattern.contains("\\P{") {
        return None;
    }
    let mut reduced = String::with_capacity(pattern.len());
    let mut is_in_brackets = false;
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        if let Some((class, after)) = class(rest) {
            let members = class?;
            if is_in_brackets {
                reduced.push_str(&members);
            } else {
                let _ = write!(reduced, "[{members}]");
            }
            rest = after;
            continue;
        }
        match letter {
            '[' => is_in_brackets = true,
            ']' => is_in_brackets = false,
            _ => {}
        }
        // An escaped letter is none of those.
        let taken = if letter == '\\' {
            rest.char_indices().nth(2).map_or(rest.len(), |(at, _)| at)
        } else {
            letter.len_utf8()
        };
        reduced.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    Some(reduced)
}

/// The members of the class that the text begins with, and what comes after it; no members if it is not known here.
fn class(text: &str) -> Option<(Option<String>, &str)> {
    let (is_negated, rest) = match text.strip_prefix("\\p{") {
        Some(rest) => (false, rest),
        None => (true, text.strip_prefix("\\P{")?),
    };
    let (name, after) = rest.split_once('}')?;
    let belongs: fn(u8) -> bool = match name {
        "L" => |byte| byte.is_ascii_alphabetic(),
        "N" => |byte| byte.is_ascii_digit(),
        "S" => |byte| SYMBOLS.contains(&byte),
        "P" => |byte| byte.is_ascii_punctuation() && !SYMBOLS.contains(&byte),
        "Z" | "Zs" => |byte| byte == b' ',
        "C" | "Cc" => |byte| byte.is_ascii_control(),
        "M" | "Cf" => |_| false,
        "ASCII" => |_| true,
        _ => return Some((None, after)),
    };
    Some((Some(members(|byte| belongs(byte) != is_negated)), after))
}

/// The members as they stand between brackets.
fn members(class: impl Fn(u8) -> bool) -> String {
    let mut members = String::new();
    let mut byte = 0;
    while byte < 128 {
        let first = byte;
        while byte < 128 && class(byte) {
            byte += 1;
        }
        if byte > first {
            let _ = write!(members, "\\x{first:02x}-\\x{:02x}", byte - 1);
        }
        byte += 1;
    }
    members
}

#[cfg(test)]
mod tests {
    use regress::Regex;

    use super::*;

    #[test]
    fn ascii_text_matches_alike() {
        let patterns = [
            r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$",
            r"^\P{C}+$",
            r"^[^\p{C}]*$",
            r"^[\P{M}\p{M}]{0,10000}$",
            r"^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$",
            r"^[a-zA-Z0-9_\-\+\./\(\)\$\p{Zs}]+$",
            r"^\p{ASCII}+$",
            r"^[\P{C}\n\r\t\f\v\p{Cf}]*$",
            r"^\p{M}$",
            r"^[\]\p{L}]\\p{1}$",
        ];
        for pattern in patterns {
            let whole = Regex::with_flags(pattern, "u").expect(pattern);
            let reduced = Regex::with_flags(&reduced(pattern).expect(pattern), "u").expect(pattern);
            let texts = (0..128_u8).map(|byte| char::from(byte).to_string());
            for text in texts.chain(["a b".to_owned(), "]\\p".to_owned(), "a-b_c".to_owned(), String::new()]) {
                let found = |regex: &Regex| regex.find(&text).is_some();
                assert_eq!(found(&whole), found(&reduced), "{pattern} in {text:?}");
            }
        }
        for unchanged in [r"^[a-z]+$", r"\p{Greek}"] {
            assert_eq!(reduced(unchanged), None, "{unchanged}");
        }
    }
}
