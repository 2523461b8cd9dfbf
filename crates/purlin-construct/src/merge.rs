//! Adds metadata to metadata without losing either.

use std::collections::BTreeMap;

use crate::expr::{Expr, Key};

/// Adds an entry to a section of metadata. Returns the entry that has another value already.
pub(crate) fn add_entry(section: &mut BTreeMap<String, Expr>, key: String, value: Expr) -> Option<String> {
    if let Some(known) = section.get_mut(&key) {
        return add(known, value, &key);
    }
    section.insert(key, value);
    None
}

/// Adds the entries of a map to a property, which may not be set yet. Returns the entry that has another value already.
pub(crate) fn add_to_property(property: &mut Expr, name: &str, more: Expr) -> Option<String> {
    if *property == Expr::Null {
        *property = more;
        return None;
    }
    add(property, more, name)
}

/// Adds the entries of `more` to a value, in maps at any depth. Returns the first entry that has another value already,
/// which it keeps.
fn add(known: &mut Expr, more: Expr, path: &str) -> Option<String> {
    match (known, more) {
        (Expr::Map(known), Expr::Map(more)) if !is_function(known) && !is_function(&more) => {
            let mut conflict = None;
            for (key, value) in more {
                let path = format!("{path}.{key}");
                match known.get_mut(&key) {
                    Some(known) => conflict = conflict.or(add(known, value, &path)),
                    None => drop(known.insert(key, value)),
                }
            }
            conflict
        }
        (known, more) => (*known != more).then(|| path.to_owned()),
    }
}

/// Whether JSON is an intrinsic function. A loop makes entries beside others.
pub(crate) fn is_function(map: &BTreeMap<Key, Expr>) -> bool {
    let mut names = map.keys();
    let (Some(name), None) = (names.next(), names.next()) else { return false };
    name == "Ref" || (name.starts_with("Fn::") && !name.starts_with("Fn::ForEach::"))
}
