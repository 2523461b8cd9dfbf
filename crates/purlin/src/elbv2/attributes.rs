//! The key-value attributes of balancers and target groups, in an order that does not depend on the setters.

use purlin_construct::{Expr, Value};

/// Attributes by AWS's key.
#[derive(Debug, Clone, Default)]
pub(super) struct Attributes(Vec<(String, Value<String>)>);

impl Attributes {
    /// Sets an attribute; the last value wins.
    pub(super) fn set(&mut self, key: impl Into<String>, value: Value<String>) {
        let key = key.into();
        self.0.retain(|(known, _)| *known != key);
        self.0.push((key, value));
    }

    /// The literal value of an attribute.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == key).and_then(|(_, value)| value.as_str())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// CloudFormation's list: keys in the order given, then the user's keys, as they were set.
    pub(super) fn into_list<T>(mut self, order: &[&str]) -> Value<Vec<T>> {
        let rank = |key: &str| order.iter().position(|known| *known == key).unwrap_or(order.len());
        self.0.sort_by_key(|(key, _)| rank(key));
        let items =
            self.0.into_iter().map(|(key, value)| Expr::map([("Key", Expr::from(key)), ("Value", value.into_expr())]));
        Value::new(Expr::List(items.collect()))
    }
}
