//! What CloudFormation makes of an expression: a text, a number, a list. Rust's types know it; this keeps it for rendering.

use crate::expr::{Expr, Pseudo};
use crate::node::Kind;
use crate::node_id::NodeId;
use crate::tree::Tree;
use crate::value::{Json, Map};

/// The kind of value that an expression is after deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// A text.
    Text,
    /// A whole number, or one with a fraction.
    Number,
    /// `true` or `false`.
    Bool,
    /// A list of texts, or of maps.
    List,
    /// A list of numbers.
    Numbers,
    /// A map.
    Map,
    /// Any of them.
    Json,
}

impl ValueType {
    pub(crate) const fn is_list(self) -> bool {
        matches!(self, Self::List | Self::Numbers)
    }
}

/// A Rust type that stands for a value of CloudFormation.
pub trait Typed {
    /// The kind of value.
    const TYPE: ValueType;
}

macro_rules! typed {
    ($($name:ty => $kind:ident;)*) => {
        $(impl Typed for $name {
            const TYPE: ValueType = ValueType::$kind;
        })*
    };
}
typed! {
    String => Text;
    i64 => Number;
    f64 => Number;
    bool => Bool;
    Json => Json;
}

impl<T: Typed> Typed for Vec<T> {
    const TYPE: ValueType = match T::TYPE {
        ValueType::Number | ValueType::Bool => ValueType::Numbers,
        _ => ValueType::List,
    };
}

impl<T> Typed for Map<T> {
    const TYPE: ValueType = ValueType::Map;
}

/// The kind of value of an expression.
pub(crate) fn type_of(tree: &Tree, expr: &Expr) -> ValueType {
    match expr {
        Expr::Bool(_) => ValueType::Bool,
        Expr::Int(_) | Expr::Num(_) => ValueType::Number,
        Expr::List(_) | Expr::Pseudo(Pseudo::NotificationArns) => ValueType::List,
        Expr::Map(_) => ValueType::Map,
        Expr::Null | Expr::Pseudo(Pseudo::NoValue) => ValueType::Json,
        Expr::Ref(node) => parameter_type(tree, *node).map_or(ValueType::Text, of_parameter),
        Expr::Att(node, name) if tree.owns(*node) => {
            let known = tree.resource(*node).and_then(|resource| resource.attributes.get(name));
            known.copied().unwrap_or(ValueType::Text)
        }
        Expr::Call(name, argument) => of_call(tree, name, argument),
        _ => ValueType::Text,
    }
}

fn of_call(tree: &Tree, name: &str, argument: &Expr) -> ValueType {
    let item = |index: usize| argument.as_list().and_then(|items| items.get(index));
    match name {
        "Fn::Split" | "Fn::GetAZs" | "Fn::Cidr" | "Fn::RefAll" | "Fn::ValueOfAll" => ValueType::List,
        "Fn::Length" => ValueType::Number,
        "Fn::Transform" => ValueType::Json,
        "Fn::If" => {
            let mut branches = [item(1), item(2)].into_iter().flatten().map(|branch| type_of(tree, branch));
            match (branches.next(), branches.next()) {
                (Some(ValueType::Json), Some(other)) | (Some(other), Some(ValueType::Json)) => other,
                (Some(one), Some(other)) if one == other => one,
                _ => ValueType::Json,
            }
        }
        "Fn::Select" => match item(1) {
            Some(items) if type_of(tree, items) == ValueType::Numbers => ValueType::Number,
            _ => ValueType::Text,
        },
        "Fn::FindInMap" => match item(0) {
            Some(Expr::LogicalId(node)) if tree.owns(*node) => of_mapping(tree, *node),
            _ => ValueType::Text,
        },
        _ => ValueType::Text,
    }
}

/// The `Type` of a parameter of the template.
fn parameter_type(tree: &Tree, node: NodeId) -> Option<&str> {
    match &tree.owns(node).then(|| &tree[node].kind)? {
        Kind::Parameter(data) => data.0.get("Type")?.as_str(),
        _ => None,
    }
}

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html>
fn of_parameter(name: &str) -> ValueType {
    let stored = name.strip_prefix("AWS::SSM::Parameter::Value<").and_then(|rest| rest.strip_suffix('>'));
    match stored.unwrap_or(name) {
        "Number" => ValueType::Number,
        "CommaDelimitedList" => ValueType::List,
        "List<Number>" => ValueType::Numbers,
        list if list.starts_with("List<") => ValueType::List,
        _ => ValueType::Text,
    }
}

/// The kind that all values of a mapping have.
fn of_mapping(tree: &Tree, node: NodeId) -> ValueType {
    let Kind::Mapping(data) = &tree[node].kind else { return ValueType::Text };
    let mut kinds = data.0.values().flat_map(|inner| inner.values()).map(|value| type_of(tree, value));
    let first = kinds.next().unwrap_or(ValueType::Text);
    if kinds.all(|kind| kind == first) { first } else { ValueType::Text }
}
