//! The untyped expression tree behind every value: what CloudFormation will evaluate.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::node_id::NodeId;

/// A key of an [`Expr::Map`].
pub type Key = Cow<'static, str>;

/// An untyped CloudFormation expression. References point at nodes of the tree; logical ids appear only at rendering.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// Nothing. CloudFormation refuses `null`, so it is left out of maps.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Num(f64),
    /// Text.
    Str(Cow<'static, str>),
    /// Text that AWS may know and its schema not yet: it is not held against the schema.
    Custom(Cow<'static, str>),
    /// A list.
    List(Vec<Expr>),
    /// A map, ordered by key.
    Map(BTreeMap<Key, Expr>),
    /// `Ref` to an element of the tree.
    Ref(NodeId),
    /// `Fn::GetAtt` of an attribute of a resource of the tree.
    Att(NodeId, Cow<'static, str>),
    /// `Ref` to a pseudo parameter.
    Pseudo(Pseudo),
    /// The logical id itself, as text: condition names, mapping names.
    LogicalId(NodeId),
    /// `Fn::Join`: neighbouring texts are merged at rendering.
    Join(Cow<'static, str>, Vec<Expr>),
    /// Any other intrinsic: its name with its argument.
    Call(&'static str, Box<Expr>),
    /// The JSON text of an expression, with the references inside it left for CloudFormation to fill.
    JsonText(Box<Expr>),
}

/// A pseudo parameter
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pseudo {
    /// `AWS::AccountId`.
    AccountId,
    /// `AWS::NotificationARNs`.
    NotificationArns,
    /// `AWS::NoValue`: removes the property it is given to.
    NoValue,
    /// `AWS::Partition`: `aws`, `aws-cn`, `aws-us-gov`.
    Partition,
    /// `AWS::Region`.
    Region,
    /// `AWS::StackId`.
    StackId,
    /// `AWS::StackName`.
    StackName,
    /// `AWS::URLSuffix`: `amazonaws.com`, or `amazonaws.com.cn`.
    UrlSuffix,
}

impl Pseudo {
    /// The name that `Ref` takes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccountId => "AWS::AccountId",
            Self::NotificationArns => "AWS::NotificationARNs",
            Self::NoValue => "AWS::NoValue",
            Self::Partition => "AWS::Partition",
            Self::Region => "AWS::Region",
            Self::StackId => "AWS::StackId",
            Self::StackName => "AWS::StackName",
            Self::UrlSuffix => "AWS::URLSuffix",
        }
    }
}

impl Expr {
    /// A word of an open enum: a constant is borrowed, what `custom` was given is owned.
    #[inline]
    pub fn of_word(word: Cow<'static, str>) -> Self {
        match word {
            Cow::Borrowed(_) => Self::Str(word),
            Cow::Owned(_) => Self::Custom(word),
        }
    }

    /// A map from pairs; [`Expr::Null`] values are left out.
    pub fn map<K: Into<Key>>(pairs: impl IntoIterator<Item = (K, Expr)>) -> Self {
        Self::Map(pairs.into_iter().filter(|(_, v)| *v != Self::Null).map(|(k, v)| (k.into(), v)).collect())
    }

    /// The text, if it is known before deployment.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) | Self::Custom(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, if it is known before deployment.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// The items, if it is a list.
    pub fn as_list(&self) -> Option<&[Expr]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// The value at a key, if it is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Expr> {
        match self {
            Self::Map(map) => map.get(key),
            _ => None,
        }
    }

    /// Whether everything in it is known before deployment.
    pub fn is_literal(&self) -> bool {
        match self {
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Num(_) | Self::Str(_) | Self::Custom(_) => true,
            Self::List(items) => items.iter().all(Self::is_literal),
            Self::Map(map) => map.values().all(Self::is_literal),
            Self::JsonText(inner) => inner.is_literal(),
            _ => false,
        }
    }

    /// Visits this expression and everything inside it.
    pub fn walk(&self, visit: &mut impl FnMut(&Expr)) {
        visit(self);
        match self {
            Self::List(items) | Self::Join(_, items) => items.iter().for_each(|item| item.walk(visit)),
            Self::Map(map) => map.values().for_each(|item| item.walk(visit)),
            Self::Call(_, inner) | Self::JsonText(inner) => inner.walk(visit),
            _ => (),
        }
    }

    /// The element this expression refers to, if it is a plain reference or attribute.
    pub fn target(&self) -> Option<NodeId> {
        match self {
            Self::Ref(node) | Self::Att(node, _) => Some(*node),
            _ => None,
        }
    }
}

impl From<&str> for Expr {
    fn from(text: &str) -> Self {
        Self::Str(Cow::Owned(text.to_owned()))
    }
}

impl From<String> for Expr {
    fn from(text: String) -> Self {
        Self::Str(Cow::Owned(text))
    }
}

impl From<bool> for Expr {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Expr {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<i32> for Expr {
    fn from(value: i32) -> Self {
        Self::Int(value.into())
    }
}

impl From<u32> for Expr {
    fn from(value: u32) -> Self {
        Self::Int(value.into())
    }
}

impl From<f64> for Expr {
    fn from(value: f64) -> Self {
        Self::Num(value)
    }
}

impl<V: Into<Expr>, const N: usize> From<[V; N]> for Expr {
    fn from(items: [V; N]) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

impl From<Vec<Expr>> for Expr {
    fn from(items: Vec<Expr>) -> Self {
        Self::List(items)
    }
}

impl From<serde_json::Value> for Expr {
    fn from(value: serde_json::Value) -> Self {
        use serde_json::Value as J;
        match value {
            J::Null => Self::Null,
            J::Bool(b) => Self::Bool(b),
            J::Number(n) => n.as_i64().map_or_else(|| Self::Num(n.as_f64().unwrap_or(f64::MAX)), Self::Int),
            J::String(s) => Self::from(s),
            J::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            J::Object(map) => Self::map(map.into_iter().map(|(k, v)| (k, Self::from(v)))),
        }
    }
}
