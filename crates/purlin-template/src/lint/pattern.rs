//! Regular expressions of the registry, which are JavaScript's, each compiled once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use regress::Regex;

use crate::lint::ascii;

/// Longer texts are not held against patterns: some of AWS's take very long for them.
const LONGEST: usize = 2048;

/// Nothing for a pattern that cannot be read, which then says nothing.
type Compiled = Option<Arc<Regex>>;

static COMPILED: Mutex<BTreeMap<String, Compiled>> = Mutex::new(BTreeMap::new());

/// Whether the pattern is found in the text; nothing if that cannot be said.
pub(super) fn matches(pattern: &str, text: &str) -> Option<bool> {
    if text.len() > LONGEST {
        return None;
    }
    let reduced = if text.is_ascii() { ascii::reduced(pattern) } else { None };
    compiled(reduced.as_deref().unwrap_or(pattern)).map(|regex| regex.find(text).is_some())
}

fn compiled(pattern: &str) -> Compiled {
    let mut all = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = all.get(pattern) {
        return known.clone();
    }
    let regex = Regex::with_flags(pattern, "u").or_else(|error| lenient(pattern).ok_or(error)).ok().map(Arc::new);
    all.insert(pattern.to_owned(), regex.clone());
    regex
}

/// The pattern as JavaScript reads it without the flag `u`: `\_` is `_`. What only other languages know, such as `\Z`,
/// would be read as a letter and is better not read at all.
fn lenient(pattern: &str) -> Option<Regex> {
    let mut escapes = pattern.split('\\').skip(1).filter_map(|rest| rest.chars().next());
    let is_known = |c: char| !c.is_ascii_alphabetic() || "bBdDfnrsStvwW".contains(c);
    escapes.all(is_known).then(|| Regex::new(pattern).ok())?
}
