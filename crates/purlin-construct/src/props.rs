//! The properties of a resource or of a nested property type: one ordered map.

use std::collections::BTreeMap;

use crate::expr::{Expr, Key};
use crate::value::{IntoValue, Value};

/// Property values by CloudFormation's name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Props(BTreeMap<Key, Expr>);

impl Props {
    /// No properties.
    #[inline]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// With a property set; the last write wins.
    #[inline]
    pub fn with<T>(self, name: &'static str, value: impl IntoValue<T>) -> Self {
        self.set(name, value.into_value().into_expr())
    }

    fn set(mut self, name: &'static str, value: Expr) -> Self {
        if value == Expr::Null {
            self.0.remove(name);
        } else {
            self.0.insert(Key::Borrowed(name), value);
        }
        self
    }

    /// The value of a property.
    pub fn get(&self, name: &str) -> Option<&Expr> {
        self.0.get(name)
    }

    /// Sets a property by a name known only at run time.
    pub fn insert(&mut self, name: impl Into<Key>, value: Expr) {
        self.0.insert(name.into(), value);
    }

    /// Removes a property, and returns it.
    pub fn take(&mut self, name: &str) -> Option<Expr> {
        self.0.remove(name)
    }

    /// The properties as a map.
    pub fn as_map(&self) -> &BTreeMap<Key, Expr> {
        &self.0
    }

    /// A property, to be changed.
    pub(crate) fn entry(&mut self, name: &str) -> &mut Expr {
        self.0.entry(Key::Owned(name.to_owned())).or_insert(Expr::Null)
    }
}

impl From<Props> for Expr {
    fn from(props: Props) -> Self {
        Self::Map(props.0)
    }
}

impl<T> From<Props> for Value<T> {
    fn from(props: Props) -> Self {
        Self::new(props.into())
    }
}
