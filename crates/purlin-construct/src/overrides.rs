//! Overrides of a resource by path: where a path points, and what a property is with them.

use std::collections::BTreeMap;

use crate::expr::{Expr, Key};

/// Splits at dots; `\.` is a dot within a name.
pub(crate) fn split_path(path: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut chars = path.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => names.last_mut().expect("there is always a last name").extend(chars.next()),
            '.' => names.push(String::new()),
            c => names.last_mut().expect("there is always a last name").push(c),
        }
    }
    names
}

/// A property with the overrides that are about it. Those that reach into an intrinsic function are left out.
pub(crate) fn applied(name: &str, own: Option<Expr>, overrides: &[(String, Option<Expr>)]) -> Option<Expr> {
    let mut properties = Expr::map(own.map(|own| (name.to_owned(), own)));
    for (path, value) in overrides {
        let steps = split_path(path);
        if let ["Properties", rest @ ..] = &steps.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            set(&mut properties, rest, value.as_ref());
        }
    }
    properties.get(name).filter(|value| **value != Expr::Null).cloned()
}

fn set(target: &mut Expr, path: &[&str], value: Option<&Expr>) {
    let Some((step, rest)) = path.split_first() else {
        return merge(target, value.unwrap_or(&Expr::Null));
    };
    match (target, value) {
        (Expr::Map(map), None) if rest.is_empty() => drop(map.remove(*step)),
        (Expr::Map(map), None) => map.get_mut(*step).into_iter().for_each(|inner| set(inner, rest, None)),
        (Expr::Map(map), value) => set(map.entry((*step).to_owned().into()).or_insert(Expr::Null), rest, value),
        (Expr::List(items), value) => {
            let Ok(index) = step.parse::<usize>() else { return };
            if value.is_none() && rest.is_empty() && index < items.len() {
                items.remove(index);
                return;
            }
            if value.is_some() && index == items.len() {
                items.push(Expr::Null);
            }
            items.get_mut(index).into_iter().for_each(|item| set(item, rest, value));
        }
        (target, Some(_)) if !step.starts_with("Fn::") => {
            *target = Expr::Map(BTreeMap::new());
            set(target, path, value);
        }
        _ => (),
    }
}

/// Sets a value; entries of a map are added to those that are there, as rendering adds them.
fn merge(target: &mut Expr, value: &Expr) {
    match (target, value) {
        (Expr::Map(target), Expr::Map(value)) if !is_function(target) && !is_function(value) => {
            for (name, value) in value {
                merge(target.entry(name.clone()).or_insert(Expr::Null), value);
            }
        }
        (target, value) => *target = value.clone(),
    }
}

fn is_function(map: &BTreeMap<Key, Expr>) -> bool {
    map.len() == 1 && map.keys().all(|name| name == "Ref" || name.starts_with("Fn::"))
}

#[cfg(test)]
mod tests {
    use super::applied;
    use crate::expr::Expr;
    use serde_json::json;

    #[test]
    fn a_property_is_read_with_its_overrides() {
        let own = || Some(Expr::from(json!({"Type": "A", "List": [{"K": 1}, {"K": 2}]})));
        let cases = [
            ("Properties.P.Type", Some(json!("B")), json!({"Type": "B", "List": [{"K": 1}, {"K": 2}]})),
            ("Properties.P.Type", None, json!({"List": [{"K": 1}, {"K": 2}]})),
            ("Properties.P.List.0", None, json!({"Type": "A", "List": [{"K": 2}]})),
            ("Properties.P.List.1.K", None, json!({"Type": "A", "List": [{"K": 1}, {}]})),
            ("Properties.P.List.2", Some(json!("x")), json!({"Type": "A", "List": [{"K": 1}, {"K": 2}, "x"]})),
            ("Properties.P", Some(json!("x")), json!("x")),
            ("Properties.P", Some(json!({"Type": "B"})), json!({"Type": "B", "List": [{"K": 1}, {"K": 2}]})),
            ("Properties.P", Some(json!({"Ref": "B"})), json!({"Ref": "B"})),
            ("Properties.P.Type.A", Some(json!("x")), json!({"Type": {"A": "x"}, "List": [{"K": 1}, {"K": 2}]})),
            ("Properties.Q", Some(json!("x")), json!({"Type": "A", "List": [{"K": 1}, {"K": 2}]})),
            ("Properties", Some(json!({"P": "x"})), json!("x")),
        ];
        for (path, value, expect) in cases {
            let found = applied("P", own(), &[(path.to_owned(), value.map(Expr::from))]);
            assert_eq!(found, Some(Expr::from(expect)), "{path}");
        }
        for path in ["Properties.P", "Properties"] {
            assert_eq!(applied("P", own(), &[(path.to_owned(), None)]), None, "{path}");
        }
        let added = applied("P", None, &[("Properties.P.Type".to_owned(), Some(Expr::from("B")))]);
        assert_eq!(added, Some(Expr::from(json!({"Type": "B"}))));
        assert_eq!(applied("P", None, &[("Metadata.P".to_owned(), Some(Expr::from("B")))]), None);
    }
}
