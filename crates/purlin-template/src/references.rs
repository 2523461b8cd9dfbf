//! Finds what a value of a template refers to: `Ref`, `Fn::GetAtt`, `Fn::Sub`, `Fn::If`, `Fn::FindInMap`.

use crate::node::{Node, Position, Spanned};

/// A reference from one place of a template to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// What is named.
    pub target: Target,
    /// How it is named.
    pub via: Via,
    /// Where: the keys down to the value, joined by `/`.
    pub path: String,
    /// Where in the text.
    pub at: Position,
}

/// What a reference names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A parameter, a resource or a pseudo parameter: they share one namespace.
    Value(String),
    /// A resource and nothing else.
    Resource(String),
    /// A condition.
    Condition(String),
    /// A mapping.
    Mapping(String),
}

impl Target {
    /// The name alone.
    pub fn name(&self) -> &str {
        match self {
            Self::Value(name) | Self::Resource(name) | Self::Condition(name) | Self::Mapping(name) => name,
        }
    }
}

/// How a reference is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// `Ref`, or `${Name}` in `Fn::Sub`.
    Ref,
    /// `Fn::GetAtt`, or `${Name.Attribute}` in `Fn::Sub`.
    GetAtt {
        /// The attribute; empty when it is computed.
        attribute: String,
    },
    /// `DependsOn`.
    DependsOn,
    /// `Condition`, or the first argument of `Fn::If`.
    Condition,
    /// `Fn::FindInMap`.
    FindInMap,
}

/// What a walk over a value found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) references: Vec<Reference>,
    /// A transform rewrites the template before deployment, so names may appear that are not in the text.
    pub(crate) rewritten: bool,
    /// Values that are `null`, which CloudFormation refuses.
    pub(crate) nulls: Vec<(String, Position)>,
}

impl Found {
    /// Collects from `value`, which stands at `path`.
    pub(crate) fn collect(&mut self, value: &Spanned, path: &str) {
        self.walk(value, path, false);
    }

    /// The same inside `Conditions` and `Rules`, where `{"Condition": "X"}` is a function.
    pub(crate) fn collect_condition(&mut self, value: &Spanned, path: &str) {
        self.walk(value, path, true);
    }

    pub(crate) fn add(&mut self, target: Target, via: Via, path: &str, at: Position) {
        self.references.push(Reference { target, via, path: path.to_owned(), at });
    }

    fn walk(&mut self, value: &Spanned, path: &str, in_condition: bool) {
        if let Some((name, argument)) = value.as_single()
            && self.function(name, argument, path, in_condition)
        {
            return;
        }
        match &value.node {
            Node::Null => self.nulls.push((path.to_owned(), value.span.start)),
            Node::Sequence(items) => self.items(items, 0, path, in_condition),
            Node::Mapping(entries) => {
                for (key, entry) in entries {
                    self.walk(&entry.value, &format!("{path}/{key}"), in_condition);
                }
            }
            Node::Bool(_) | Node::Integer(_) | Node::Float(_) | Node::String(_) => {}
        }
    }

    fn items(&mut self, items: &[Spanned], skip: usize, path: &str, in_condition: bool) {
        for (index, item) in items.iter().enumerate().skip(skip) {
            self.walk(item, &format!("{path}/{index}"), in_condition);
        }
    }

    /// Takes an intrinsic function apart; false when the mapping is not one, or holds nothing but ordinary values.
    fn function(&mut self, name: &str, argument: &Spanned, path: &str, in_condition: bool) -> bool {
        let at = argument.span.start;
        match (name, &argument.node) {
            ("Ref", Node::String(target)) => self.add(Target::Value(target.clone()), Via::Ref, path, at),
            ("Condition", Node::String(target)) if in_condition => {
                self.add(Target::Condition(target.clone()), Via::Condition, path, at);
            }
            ("Fn::GetAtt", Node::String(text)) => {
                let (id, attribute) = text.split_once('.').unwrap_or((text, ""));
                self.attribute(id, attribute, path, at);
            }
            ("Fn::GetAtt", Node::Sequence(items)) => {
                let Some(id) = items.first().and_then(Spanned::as_str) else { return false };
                let attribute = items.get(1).and_then(Spanned::as_str).unwrap_or_default();
                self.attribute(id, attribute, path, at);
                self.items(items, 1, path, in_condition);
            }
            ("Fn::Sub", Node::String(text)) => self.holes(text, &[], path, at),
            ("Fn::Sub", Node::Sequence(items)) => {
                let Some(text) = items.first().and_then(Spanned::as_str) else { return false };
                let locals: Vec<&str> = items
                    .get(1)
                    .and_then(Spanned::as_mapping)
                    .map(|entries| entries.keys().map(String::as_str).collect())
                    .unwrap_or_default();
                self.holes(text, &locals, path, at);
                self.items(items, 1, path, in_condition);
            }
            ("Fn::If", Node::Sequence(items)) => self.first_named(items, Target::Condition, Via::Condition, path),
            ("Fn::FindInMap", Node::Sequence(items)) => self.first_named(items, Target::Mapping, Via::FindInMap, path),
            _ => {
                self.rewritten |= name == "Fn::Transform" || name.starts_with("Fn::ForEach::");
                return false;
            }
        }
        true
    }

    /// A function whose first argument names something and whose others are ordinary values.
    fn first_named(&mut self, items: &[Spanned], target: fn(String) -> Target, via: Via, path: &str) {
        let named = items.first().filter(|first| first.as_str().is_some());
        if let Some(first) = named {
            self.add(target(first.as_str().unwrap_or_default().to_owned()), via, path, first.span.start);
        }
        self.items(items, usize::from(named.is_some()), path, false);
    }

    fn attribute(&mut self, id: &str, attribute: &str, path: &str, at: Position) {
        self.add(Target::Resource(id.to_owned()), Via::GetAtt { attribute: attribute.to_owned() }, path, at);
    }

    /// `${Name}` and `${Name.Attribute}` of a `Fn::Sub`; `${!Name}` is text.
    fn holes(&mut self, text: &str, locals: &[&str], path: &str, at: Position) {
        for hole in text.split("${").skip(1) {
            let Some((name, _)) = hole.split_once('}') else { continue };
            let name = name.trim();
            if name.is_empty() || name.starts_with('!') || locals.contains(&name) {
                continue;
            }
            match name.split_once('.') {
                Some((id, attribute)) => self.attribute(id, attribute, path, at),
                None => self.add(Target::Value(name.to_owned()), Via::Ref, path, at),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_function_gives_its_names() {
        for (value, expected) in [
            (json!({"Ref": "A"}), vec!["A"]),
            (json!({"Ref": "A", "Other": 1}), vec![]),
            (json!({"Fn::GetAtt": ["A", "Arn"]}), vec!["A"]),
            (json!({"Fn::GetAtt": "A.Outputs.Url"}), vec!["A"]),
            (json!({"Fn::GetAtt": ["A", {"Ref": "Which"}]}), vec!["A", "Which"]),
            (json!({"Fn::Sub": "${A}-${!B}-${C.Arn}-${ D }-${"}), vec!["A", "C", "D"]),
            (json!({"Fn::Sub": ["${A}${B}", {"A": {"Ref": "C"}}]}), vec!["B", "C"]),
            (json!({"Fn::If": ["Prod", {"Ref": "A"}, {"Ref": "B"}]}), vec!["Prod", "A", "B"]),
            (json!({"Fn::FindInMap": ["Sizes", {"Ref": "A"}, "x"]}), vec!["Sizes", "A"]),
            (json!({"Fn::Join": ["", ["x", {"Ref": "A"}]]}), vec!["A"]),
            (json!([{"Condition": "NotAFunctionHere"}]), vec![]),
        ] {
            let mut found = Found::default();
            found.collect(&Spanned::from_json(&value), "");
            let names: Vec<_> = found.references.iter().map(|reference| reference.target.name()).collect();
            assert_eq!(names, expected, "{value}");
        }
    }
}
