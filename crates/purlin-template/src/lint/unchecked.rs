//! Unchecked places: parts of a template that the schema check skips, because AWS is newer than the schema.

use std::collections::BTreeMap;

/// Places of a template that [`Template::schema_problems_except`](crate::Template::schema_problems_except) skips.
///
/// A place is a resource and the path of a property: names joined by dots, as `NetworkConfiguration.AwsvpcConfiguration`;
/// a dot within a name is `\.`, and `*` is any name. Numbers of list items may be left out, which means all items, and
/// so may the branches of `Fn::If`. What is below a place belongs to it; the empty path is the whole resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unchecked(BTreeMap<String, Vec<Place>>);

/// The names that lead to a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place(Vec<String>);

impl Unchecked {
    /// Leaves a property of a resource alone.
    pub fn add(&mut self, logical_id: impl Into<String>, path: &str) {
        self.0.entry(logical_id.into()).or_default().push(Place::of(path));
    }

    /// Whether the place lies within one that is left alone. `keys` are those below `Properties`.
    pub(crate) fn covers<'a>(&self, logical_id: &str, keys: impl Iterator<Item = &'a str> + Clone) -> bool {
        self.0.get(logical_id).is_some_and(|places| places.iter().any(|place| place.covers(keys.clone())))
    }
}

impl Place {
    pub(super) fn of(path: &str) -> Self {
        Self(names(path))
    }

    /// Whether the keys lead there, or further down.
    pub(super) fn covers<'a>(&self, mut keys: impl Iterator<Item = &'a str>) -> bool {
        let mut names = self.0.iter().map(String::as_str).peekable();
        while let Some(name) = names.peek() {
            match keys.next() {
                Some(key) if key == *name || *name == "*" => drop(names.next()),
                Some("Fn::If") => drop(keys.next()),
                Some(key) if is_index(key) => {}
                _ => return false,
            }
        }
        true
    }
}

fn is_index(key: &str) -> bool {
    key.bytes().all(|byte| byte.is_ascii_digit())
}

/// The names of a path; none of the empty one.
fn names(path: &str) -> Vec<String> {
    if path.is_empty() {
        return Vec::new();
    }
    let mut names = vec![String::new()];
    let mut letters = path.chars();
    while let Some(letter) = letters.next() {
        let last = names.last_mut().expect("there is always a last name");
        match letter {
            '\\' => last.extend(letters.next()),
            '.' => names.push(String::new()),
            letter => last.push(letter),
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_covers_itself_and_what_is_below() {
        let cases = [
            ("Cpu", "Cpu", true),
            ("Cpu", "Memory", false),
            ("A.B", "A", false),
            ("A.B", "A/B/C", true),
            ("A.B", "A/0/B", true),
            ("A.1.B", "A/0/B", false),
            ("A.1.B", "A/1/B", true),
            ("A", "Fn::If/1/A", true),
            ("A.B", "A/Fn::If/2/B", true),
            ("A.Fn::If.1", "A/Fn::If/1", true),
            ("A.Fn::If.1", "A/Fn::If/2", false),
            (r"Labels.a\.b", "Labels/a.b", true),
            ("A.*.B", "A/0/B", true),
            ("A.*.B", "A/key/B", true),
            ("", "Anything", true),
            ("", "", true),
        ];
        for (place, keys, expected) in cases {
            let mut unchecked = Unchecked::default();
            unchecked.add("Web", place);
            let keys = keys.split('/').filter(|key| !key.is_empty());
            assert_eq!(unchecked.covers("Web", keys.clone()), expected, "`{place}` and `{keys:?}`");
            assert!(!unchecked.covers("Other", keys));
        }
    }
}
