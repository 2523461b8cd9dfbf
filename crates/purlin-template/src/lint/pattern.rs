//! Regular expressions of the registry, which are JavaScript's, each compiled once.
//!
//! Most run in an engine with linear time. The rest use look-around, which needs backtracking: exponential time in the
//! worst case, and with many of AWS's patterns for an ordinary host name.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use regex_lite::Regex as Linear;
use regress::Regex as Backtracking;

use crate::lint::ascii;

/// Longer texts are not matched: some of AWS's patterns count up to a thousand words.
const LONGEST: usize = 512;

/// None for a pattern that cannot be compiled; it is not checked.
type Compiled<T> = Mutex<BTreeMap<String, Option<Arc<T>>>>;

static LINEAR: Compiled<Linear> = Mutex::new(BTreeMap::new());
static BACKTRACKING: Compiled<Backtracking> = Mutex::new(BTreeMap::new());

/// Whether the pattern matches the text; none if that is unknown.
pub(crate) fn matches(pattern: &str, text: &str) -> Option<bool> {
    if text.len() > LONGEST {
        return None;
    }
    let reduced = if text.is_ascii() { ascii::reduced(pattern) } else { None };
    let pattern = reduced.as_deref().unwrap_or(pattern);
    // The two agree but on which letters beyond ASCII are space.
    let agree = text.is_ascii() || !pattern.contains("\\s") && !pattern.contains("\\S");
    if agree && let Some(regex) = compiled(&LINEAR, pattern, |pattern| Linear::new(pattern).ok()) {
        return Some(regex.is_match(text));
    }
    compiled(&BACKTRACKING, pattern, backtracking).map(|regex| regex.find(text).is_some())
}

fn compiled<T>(all: &Compiled<T>, pattern: &str, compile: impl Fn(&str) -> Option<T>) -> Option<Arc<T>> {
    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = all.get(pattern) {
        return known.clone();
    }
    let regex = compile(pattern).map(Arc::new);
    all.insert(pattern.to_owned(), regex.clone());
    regex
}

fn backtracking(pattern: &str) -> Option<Backtracking> {
    Backtracking::with_flags(pattern, "u").ok().or_else(|| lenient(pattern))
}

/// The pattern as JavaScript reads it without the flag `u`: `\_` is `_`. What only other languages know, such as `\Z`,
/// would be read as a letter and is better not read at all.
fn lenient(pattern: &str) -> Option<Backtracking> {
    let mut escapes = pattern.split('\\').skip(1).filter_map(|rest| rest.chars().next());
    let is_known = |c: char| !c.is_ascii_alphabetic() || "bBdDfnrsStvwW".contains(c);
    escapes.all(is_known).then(|| Backtracking::new(pattern).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::ResourceType;

    #[test]
    fn no_text_takes_long() {
        let zeros = "0".repeat(LONGEST - 8);
        for (pattern, text) in [
            (r"^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]+$", "orders-of-the-department-of-books.example.c!"),
            (r"^[a-z0-9]([-a-z0-9]*[a-z0-9]){0,39}?$", &format!("{zeros}!")),
            (r"^[\w.-]+[\w/.-]+[\w/.-]+$", &format!("{zeros}!")),
            (r"^https://([.\-_a-zA-Z0-9]+/?){3,1016}$", &format!("https://{}!", &zeros[8..])),
        ] {
            assert_eq!(matches(pattern, text), Some(false), "{pattern}");
        }
        assert_eq!(matches("^a*$", &"a".repeat(LONGEST + 1)), None);
    }

    #[test]
    fn what_only_backtracking_reads_is_read() {
        for (pattern, good, bad) in [
            (r"^(?!aws:)[a-z:]+$", "a:b", "aws:b"),
            (r"^[a-z.]*(?<!\.)$", "a.b", "a."),
            (r"^\S+$", "a\u{e4}", "a\u{a0}b"),
            (r"^\p{L}+$", "\u{e4}", "1"),
        ] {
            assert_eq!((matches(pattern, good), matches(pattern, bad)), (Some(true), Some(false)), "{pattern}");
        }
    }

    #[test]
    fn both_agree_on_the_patterns_of_the_registry() {
        let texts =
            ["", "a", "A-b_c", "1", "a b", "arn:aws:iam::123456789012:role/a", "a.b", "a--b", "[a]&&~~", "{a}\\/$"];
        let mut patterns = std::collections::BTreeSet::new();
        for name in ResourceType::names().step_by(7) {
            let kind = ResourceType::find(name).expect("the name is one of the registry's");
            collect(kind.schema(), &mut patterns);
        }
        for pattern in &patterns {
            let pattern = ascii::reduced(pattern).unwrap_or_else(|| pattern.clone());
            let (Ok(linear), Some(other)) = (Linear::new(&pattern), backtracking(&pattern)) else { continue };
            for text in texts {
                assert_eq!(linear.is_match(text), other.find(text).is_some(), "{pattern} in {text:?}");
            }
        }
    }

    fn collect(schema: &serde_json::Value, patterns: &mut std::collections::BTreeSet<String>) {
        match schema {
            serde_json::Value::Object(keywords) => {
                patterns.extend(keywords.get("pattern").and_then(|it| it.as_str()).map(str::to_owned));
                keywords.values().for_each(|it| collect(it, patterns));
            }
            serde_json::Value::Array(items) => items.iter().for_each(|it| collect(it, patterns)),
            _ => {}
        }
    }
}
