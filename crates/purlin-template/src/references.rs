//! Finds what a template refers to: `Ref`, `Fn::GetAtt`, `Fn::Sub`, `Fn::If`, `Fn::FindInMap`, `DependsOn`, conditions.

use crate::node::{Key, Mapping, Node, Position, Spanned, joined};

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
    /// Whether it is a `${..}` of `Fn::Sub`.
    pub is_hole: bool,
    /// The part of the template that the reference is in, if that part sees parameters and no resources.
    pub(crate) sees_parameters_only: Option<&'static str>,
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
    /// `Condition`, of a resource, an output or another condition.
    Condition,
    /// The first argument of `Fn::If`.
    If,
    /// `Fn::FindInMap`.
    FindInMap {
        /// The two keys; none for one that is computed.
        keys: [Option<String>; 2],
        /// Whether there is a value for keys that are not found.
        has_default: bool,
    },
    /// `Fn::ValueOf` of a rule.
    ValueOf,
}

/// A `Fn::GetStackOutput` whose stack and output are written out, of the same account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackOutput {
    /// The name of the stack.
    pub stack: String,
    /// The name of the output.
    pub output: String,
    /// The region, if one is named.
    pub region: Option<String>,
    /// Where: the keys down to the value, joined by `/`.
    pub path: String,
    /// Where in the text.
    pub at: Position,
}

/// The part of a template that transforms fill in.
pub(crate) type Section = &'static str;

/// What a walk over a template finds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    pub(crate) references: Vec<Reference>,
    /// Values that are `null`, which CloudFormation refuses.
    pub(crate) nulls: Vec<(String, Position)>,
    /// Holes of `Fn::Sub` with characters that no name has: the hole, where, and where in the text.
    pub(crate) misnamed: Vec<(String, String, Position)>,
    /// Functions with arguments that they do not take: the function, what it takes, where, and where in the text.
    pub(crate) misused: Vec<(String, &'static str, String, Position)>,
    /// The ids that loops make, with `${Variable}` in them.
    pub(crate) looped: Vec<(Section, String)>,
    /// The sections that an `Fn::Transform` in them adds to.
    pub(crate) included: Vec<Section>,
    /// The ids that events of serverless resources give to the dead-letter queues that are made for them.
    pub(crate) made: Vec<String>,
    /// The outputs of other stacks that `Fn::GetStackOutput` reads.
    pub(crate) stack_outputs: Vec<StackOutput>,
}

/// A walk, and the place where it is.
#[derive(Default)]
struct Walk<'t> {
    found: Found,
    path: Vec<Key<'t>>,
    /// The variables of the loops around.
    variables: Vec<&'t str>,
    is_condition: bool,
    sees_parameters_only: Option<&'static str>,
}

type Item<'t> = fn(&mut Walk<'t>, &'t Spanned);

/// Everything in the sections that may refer to something.
pub(crate) fn references(document: &Spanned) -> Found {
    let mut walk = Walk::default();
    walk.section(document, "Conditions", Walk::value);
    walk.section(document, "Rules", Walk::value);
    walk.section(document, "Resources", Walk::resource);
    walk.section(document, "Outputs", Walk::output);
    walk.section(document, "Globals", Walk::value);
    for name in ["Mappings", "Parameters"] {
        let entries = document.get(name).and_then(Spanned::as_mapping);
        if entries.is_some_and(|entries| entries.contains_key("Fn::Transform")) {
            walk.found.included.push(name);
        }
    }
    walk.found
}

impl<'t> Walk<'t> {
    fn section(&mut self, document: &'t Spanned, name: Section, item: Item<'t>) {
        let Some(entries) = document.get(name).and_then(Spanned::as_mapping) else { return };
        self.path = vec![Key::Name(name)];
        self.is_condition = matches!(name, "Conditions" | "Rules");
        self.sees_parameters_only = match name {
            "Conditions" => Some("a condition"),
            "Rules" => Some("a rule"),
            _ => None,
        };
        self.entries(entries, name, item);
    }

    fn entries(&mut self, entries: &'t Mapping, section: Section, item: Item<'t>) {
        for (id, entry) in entries {
            self.path.push(Key::Name(id));
            if is_loop(id) {
                self.loop_over(&entry.value, |walk, body| match body.as_mapping() {
                    Some(entries) => walk.entries(entries, section, item),
                    None => walk.value(body),
                });
            } else if id == "Fn::Transform" {
                self.found.included.push(section);
                self.value(&entry.value);
            } else {
                if !self.variables.is_empty() {
                    self.found.looped.push((section, id.clone()));
                }
                item(self, &entry.value);
            }
            self.path.pop();
        }
    }

    /// `[Variable, Collection, Body]`; in the body the variable is a name.
    fn loop_over(&mut self, value: &'t Spanned, body: impl FnOnce(&mut Self, &'t Spanned)) {
        let Some([variable, collection, inner]) = value.as_sequence() else { return self.value(value) };
        self.below(Key::Index(1), |walk| walk.value(collection));
        self.variables.push(variable.as_str().unwrap_or_default());
        self.below(Key::Index(2), |walk| body(walk, inner));
        self.variables.pop();
    }

    fn below(&mut self, key: Key<'t>, look: impl FnOnce(&mut Self)) {
        self.path.push(key);
        look(self);
        self.path.pop();
    }

    fn resource(&mut self, body: &'t Spanned) {
        self.condition_of(body);
        let depends_on = body.get("DependsOn").map(|value| (value, value.as_sequence()));
        for item in depends_on.iter().flat_map(|(value, items)| items.unwrap_or(std::slice::from_ref(*value))) {
            let at = item.span.start;
            self.below(Key::Name("DependsOn"), |walk| {
                if let Some(id) = item.as_str() {
                    walk.add(Target::Resource, id, Via::DependsOn, at);
                } else {
                    let path = joined(&walk.path);
                    walk.found.misused.push(("DependsOn".to_owned(), "names of resources, which are text", path, at));
                }
            });
        }
        for (name, entry) in body.as_mapping().into_iter().flatten() {
            if !matches!(name.as_str(), "Condition" | "DependsOn" | "Type") {
                self.entry(name, &entry.value);
            }
        }
    }

    fn output(&mut self, body: &'t Spanned) {
        self.condition_of(body);
        for (name, entry) in body.as_mapping().into_iter().flatten().filter(|(name, _)| *name != "Condition") {
            self.sees_parameters_only = (name == "Export").then_some("the name of an export");
            self.entry(name, &entry.value);
        }
        self.sees_parameters_only = None;
    }

    fn condition_of(&mut self, body: &'t Spanned) {
        let Some(condition) = body.get("Condition") else { return };
        if let Some(name) = condition.as_str() {
            let at = condition.span.start;
            self.below(Key::Name("Condition"), |walk| walk.add(Target::Condition, name, Via::Condition, at));
        }
    }

    fn value(&mut self, value: &'t Spanned) {
        if let Some((name, argument)) = value.as_single()
            && self.function(name, argument)
        {
            return;
        }
        match &value.node {
            Node::Null => self.found.nulls.push((joined(&self.path), value.span.start)),
            Node::Sequence(items) => self.items(items, 0),
            Node::Mapping(entries) => {
                for (name, entry) in entries {
                    self.entry(name, &entry.value);
                }
            }
            Node::Bool(_) | Node::Integer(_) | Node::Float(_) | Node::String(_) => {}
        }
    }

    fn entry(&mut self, name: &'t str, value: &'t Spanned) {
        if name == "QueueLogicalId" {
            self.found.made.extend(value.as_str().map(str::to_owned));
        }
        self.below(Key::Name(name), |walk| {
            if is_loop(name) {
                walk.loop_over(value, Self::value);
            } else {
                walk.value(value);
            }
        });
    }

    fn items(&mut self, items: &'t [Spanned], skip: usize) {
        for (index, item) in items.iter().enumerate().skip(skip) {
            self.below(Key::Index(index), |walk| walk.value(item));
        }
    }

    /// Takes an intrinsic function apart; false when the mapping is not one, or holds nothing but ordinary values.
    fn function(&mut self, name: &'t str, argument: &'t Spanned) -> bool {
        let at = argument.span.start;
        if let Some(takes) = misuse(name, argument, self.is_condition) {
            self.found.misused.push((name.to_owned(), takes, joined(&self.path), at));
        }
        match (name, &argument.node) {
            ("Ref", Node::String(target)) => self.add(Target::Value, target, Via::Ref, at),
            ("Condition", Node::String(target)) if self.is_condition => {
                self.add(Target::Condition, target, Via::Condition, at);
            }
            ("Fn::GetAtt", Node::String(text)) => {
                let (id, attribute) = text.split_once('.').unwrap_or((text, ""));
                self.add(Target::Resource, id, Via::GetAtt { attribute: attribute.to_owned() }, at);
            }
            ("Fn::GetAtt", Node::Sequence(items)) => {
                let Some(id) = items.first().and_then(Spanned::as_str) else { return false };
                let names: Option<Vec<&str>> = items[1..].iter().map(Spanned::as_str).collect();
                let attribute = names.unwrap_or_default().join(".");
                self.add(Target::Resource, id, Via::GetAtt { attribute }, at);
                self.below(Key::Name(name), |walk| walk.items(items, 1));
            }
            ("Fn::Sub", Node::String(text)) => self.holes(text, None, at),
            ("Fn::Sub", Node::Sequence(items)) => {
                let Some(text) = items.first().and_then(Spanned::as_str) else { return false };
                let own = items.get(1);
                self.holes(text, own, at);
                self.below(Key::Name(name), |walk| walk.items(items, 1));
            }
            ("Fn::If", Node::Sequence(items)) => self.first_named(name, items, Target::Condition, Via::If),
            ("Fn::FindInMap", Node::Sequence(items)) => {
                let key = |index: usize| items.get(index).and_then(plain).filter(|key| !self.is_looped(key));
                let via = Via::FindInMap { keys: [key(1), key(2)], has_default: items.len() > 3 };
                self.first_named(name, items, Target::Mapping, via);
            }
            ("Fn::ValueOf", Node::Sequence(items)) => self.first_named(name, items, Target::Value, Via::ValueOf),
            ("Fn::ImportValue", _) => {
                let outer = self.sees_parameters_only;
                self.sees_parameters_only = outer.or(Some("`Fn::ImportValue`"));
                self.entry(name, argument);
                self.sees_parameters_only = outer;
            }
            ("Fn::GetStackOutput", Node::Mapping(_)) => {
                self.stack_output(argument);
                return false;
            }
            _ => return false,
        }
        true
    }

    fn stack_output(&mut self, argument: &'t Spanned) {
        let text = |name: &str| argument.get(name).and_then(Spanned::as_str).map(str::to_owned);
        let region = text("Region");
        let is_elsewhere = argument.get("RoleArn").is_some() || region.is_none() && argument.get("Region").is_some();
        if let (Some(stack), Some(output), false) = (text("StackName"), text("OutputName"), is_elsewhere)
            && !self.is_looped(&stack)
            && !self.is_looped(&output)
        {
            let (path, at) = (joined(&self.path), argument.span.start);
            self.found.stack_outputs.push(StackOutput { stack, output, region, path, at });
        }
    }

    /// A function whose first argument names something and whose others are ordinary values.
    fn first_named(&mut self, name: &'t str, items: &'t [Spanned], target: fn(String) -> Target, via: Via) {
        let named = items.first().and_then(|first| Some((first.as_str()?, first.span.start)));
        if let Some((first, at)) = named {
            self.add(target, first, via, at);
        }
        self.below(Key::Name(name), |walk| walk.items(items, usize::from(named.is_some())));
    }

    fn add(&mut self, target: fn(String) -> Target, name: &str, via: Via, at: Position) {
        self.push(target, name, via, at, false);
    }

    fn push(&mut self, target: fn(String) -> Target, name: &str, via: Via, at: Position, is_hole: bool) {
        if self.is_looped(name) {
            return;
        }
        let (target, path) = (target(name.to_owned()), joined(&self.path));
        let sees_parameters_only = self.sees_parameters_only;
        self.found.references.push(Reference { target, via, path, at, is_hole, sees_parameters_only });
    }

    /// Whether the name is the variable of a loop, or made with one.
    fn is_looped(&self, name: &str) -> bool {
        !self.variables.is_empty() && (self.variables.contains(&name) || name.contains("${") || name.contains("&{"))
    }

    /// `${Name}` and `${Name.Attribute}` of a `Fn::Sub`; `${!Name}` is text.
    fn holes(&mut self, text: &str, own: Option<&'t Spanned>, at: Position) {
        let own = own.and_then(Spanned::as_mapping);
        for hole in text.split("${").skip(1) {
            let Some((name, _)) = hole.split_once('}') else { continue };
            let name = name.trim();
            if name.is_empty() || name.starts_with('!') || own.is_some_and(|own| own.contains_key(name)) {
                continue;
            }
            if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':')) {
                self.found.misnamed.push((name.to_owned(), joined(&self.path), at));
                continue;
            }
            match name.split_once('.') {
                Some((id, attribute)) => {
                    let via = Via::GetAtt { attribute: attribute.to_owned() };
                    self.push(Target::Resource, id, via, at, true);
                }
                None => self.push(Target::Value, name, Via::Ref, at, true),
            }
        }
    }
}

/// What the function takes, if it is given something else. A function as the only argument may give what is taken.
fn misuse(name: &str, argument: &Spanned, is_condition: bool) -> Option<&'static str> {
    let items = argument.as_sequence();
    let count = items.map_or(0, <[Spanned]>::len);
    let first_is_text = items.and_then(|items| items.first()?.as_str()).is_some();
    let is_other = argument.as_single().is_some_and(|(name, _)| name.starts_with("Fn::"));
    let (is_taken, takes) = match name {
        "Ref" => (argument.as_str().is_some(), "the name of a parameter or a resource"),
        "Fn::GetAtt" => {
            let is_pair = argument.as_str().is_some_and(|text| text.contains('.')) || count >= 2;
            (is_pair, "the name of a resource and an attribute")
        }
        "Fn::Sub" => {
            let is_pair = count == 2 && first_is_text && items.is_some_and(|items| items[1].as_mapping().is_some());
            (argument.as_str().is_some() || is_pair, "text, or text and a mapping of variables")
        }
        "Fn::If" => (count == 3 && first_is_text, "the name of a condition and two values"),
        "Fn::FindInMap" => (count == 3 || count == 4, "the name of a mapping and two keys"),
        "Fn::GetStackOutput" => {
            let has = |key| argument.get(key).is_some();
            (has("StackName") && has("OutputName"), "a mapping with `StackName` and `OutputName`")
        }
        "Fn::Equals" if is_condition => (count == 2, "two values"),
        "Fn::Not" if is_condition => (count == 1, "a list of one condition"),
        "Fn::And" | "Fn::Or" if is_condition => ((2..=10).contains(&count), "a list of two to ten conditions"),
        _ => return None,
    };
    (!is_taken && !is_other).then_some(takes)
}

fn is_loop(name: &str) -> bool {
    name.starts_with("Fn::ForEach::")
}

/// A key of a mapping as it is written: text, or a number such as an account id.
fn plain(value: &Spanned) -> Option<String> {
    match &value.node {
        Node::Bool(value) => Some(value.to_string()),
        Node::Integer(value) => Some(value.to_string()),
        Node::Float(text) | Node::String(text) => Some(text.clone()),
        Node::Null | Node::Sequence(_) | Node::Mapping(_) => None,
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
            (json!({"Fn::ForEach::T": ["N", [{"Ref": "A"}], {"X": {"Ref": "N"}, "Y": {"Ref": "B"}}]}), vec!["A", "B"]),
        ] {
            let value = Spanned::from_json(&value);
            let mut walk = Walk::default();
            walk.value(&value);
            let names: Vec<_> = walk.found.references.iter().map(|reference| reference.target.name()).collect();
            assert_eq!(names, expected, "{value:?}");
        }
    }
}
