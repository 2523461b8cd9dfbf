//! The values of a template, each with the place it was read from, so that every message can point at it.

use std::fmt;

use indexmap::IndexMap;
use serde_json::{Number, Value};

/// A place in a document: line and column, both counted from 1. Zero when the value was not read from text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Position {
    /// Whether the value was read from a text at all.
    pub fn is_known(self) -> bool {
        self.line > 0
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_known() { write!(f, "{}:{}", self.line, self.column) } else { f.write_str("unknown position") }
    }
}

/// From the first character of a value to the place behind its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// Where the value begins.
    pub start: Position,
    /// Where it has ended.
    pub end: Position,
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub struct Spanned {
    /// The value itself.
    pub node: Node,
    /// Where it stands in the document.
    pub span: Span,
}

/// A mapping in document order.
pub type Mapping = IndexMap<String, Entry>;

/// What a mapping holds under one key.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Where the key stands.
    pub key: Span,
    /// The value under it.
    pub value: Spanned,
}

/// One value of a template. Short tags (`!Ref X`) are already long (`{"Ref": "X"}`).
#[derive(Debug, Clone)]
pub enum Node {
    /// `null`, which CloudFormation refuses everywhere but which a document can hold.
    Null,
    /// `true`, and in YAML also `yes` and `on`.
    Bool(bool),
    /// A whole number.
    Integer(i128),
    /// A number with a fraction or an exponent, as it was written: `1.10` stays `1.10`.
    Float(String),
    /// Text, including account ids and dates, which are not numbers here.
    String(String),
    /// A list.
    Sequence(Vec<Spanned>),
    /// A mapping from text to values.
    Mapping(Mapping),
}

/// A step into a value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Key<'t> {
    Name(&'t str),
    Index(usize),
}

impl Key<'_> {
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Name(name) => (*name).to_owned(),
            Self::Index(index) => index.to_string(),
        }
    }
}

/// The keys down to a value, joined by `/`.
pub(crate) fn joined(path: &[Key<'_>]) -> String {
    path.iter().map(Key::shown).collect::<Vec<_>>().join("/")
}

impl Node {
    /// What the value is, in the words of a message: `a mapping`, `text` and so on.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::String(_) => "text",
            Self::Sequence(_) => "a list",
            Self::Mapping(_) => "a mapping",
        }
    }
}

impl Spanned {
    /// The value under `key`, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Spanned> {
        self.as_mapping()?.get(key).map(|entry| &entry.value)
    }

    /// The text, if this is text.
    pub fn as_str(&self) -> Option<&str> {
        if let Node::String(text) = &self.node { Some(text) } else { None }
    }

    /// The items, if this is a list.
    pub fn as_sequence(&self) -> Option<&[Spanned]> {
        if let Node::Sequence(items) = &self.node { Some(items) } else { None }
    }

    /// The entries, if this is a mapping.
    pub fn as_mapping(&self) -> Option<&Mapping> {
        if let Node::Mapping(entries) = &self.node { Some(entries) } else { None }
    }

    /// The one entry of a mapping that has exactly one: the form of every intrinsic function.
    pub fn as_single(&self) -> Option<(&str, &Spanned)> {
        let entries = self.as_mapping().filter(|entries| entries.len() == 1)?;
        entries.first().map(|(key, entry)| (key.as_str(), &entry.value))
    }

    /// The same value without positions. Numbers that JSON cannot hold become text.
    pub fn to_json(&self) -> Value {
        match &self.node {
            Node::Null => Value::Null,
            Node::Bool(value) => Value::Bool(*value),
            Node::Integer(value) => {
                Number::from_i128(*value).map_or_else(|| Value::String(value.to_string()), Value::Number)
            }
            Node::Float(text) => {
                let number = text.parse().ok().and_then(Number::from_f64);
                number.map_or_else(|| Value::String(text.clone()), Value::Number)
            }
            Node::String(text) => Value::String(text.clone()),
            Node::Sequence(items) => items.iter().map(Self::to_json).collect(),
            Node::Mapping(entries) => {
                Value::Object(entries.iter().map(|(key, entry)| (key.clone(), entry.value.to_json())).collect())
            }
        }
    }

    /// A value that was never text, with unknown positions.
    pub fn from_json(value: &Value) -> Self {
        let node = match value {
            Value::Null => Node::Null,
            Value::Bool(value) => Node::Bool(*value),
            Value::Number(number) => number.as_i128().map_or_else(|| Node::Float(number.to_string()), Node::Integer),
            Value::String(text) => Node::String(text.clone()),
            Value::Array(items) => Node::Sequence(items.iter().map(Self::from_json).collect()),
            Value::Object(entries) => Node::Mapping(
                entries
                    .iter()
                    .map(|(key, value)| (key.clone(), Entry { key: Span::default(), value: Self::from_json(value) }))
                    .collect(),
            ),
        };
        Self { node, span: Span::default() }
    }
}
