//! The properties of a resource that are not held against AWS's schema: those the user named, and custom words.

use crate::expr::Expr;
use crate::node::ResourceData;

/// The paths of those properties; the empty one is the whole resource.
pub(super) fn places(resource: &ResourceData) -> Vec<String> {
    let mut words = Words(Vec::new());
    for (name, value) in resource.props.as_map() {
        words.collect(value, &escaped(name));
    }
    for (path, value) in &resource.overrides {
        let Some(path) = path.strip_prefix("Properties.") else { continue };
        words.forget(path);
        if let Some(value) = value {
            words.collect(value, path);
        }
    }
    resource.unchecked.iter().cloned().chain(words.0).collect()
}

/// The paths of custom words.
struct Words(Vec<String>);

impl Words {
    fn collect(&mut self, value: &Expr, path: &str) {
        match value {
            Expr::Custom(_) => self.0.push(path.to_owned()),
            Expr::List(items) => self.collect_items(items, path),
            Expr::Map(entries) => {
                for (name, value) in entries {
                    self.collect(value, &format!("{path}.{}", escaped(name)));
                }
            }
            Expr::Call(name @ "Fn::If", argument) => {
                if let Expr::List(branches) = &**argument {
                    self.collect_items(branches, &format!("{path}.{name}"));
                }
            }
            _ => (),
        }
    }

    fn collect_items(&mut self, items: &[Expr], path: &str) {
        for (index, item) in items.iter().enumerate() {
            self.collect(item, &format!("{path}.{index}"));
        }
    }

    /// What an override replaces is an ordinary value from then on.
    fn forget(&mut self, path: &str) {
        self.0.retain(|word| word != path && !word.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')));
    }
}

/// A name as a step of a path.
fn escaped(name: &str) -> String {
    name.replace('\\', "\\\\").replace('.', "\\.")
}
