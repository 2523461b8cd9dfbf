//! Typed faces over expressions: `Value<T>` is what CloudFormation will evaluate to a `T`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use crate::expr::{Expr, Pseudo};

/// An expression that CloudFormation will evaluate to a `T`.
///
/// It has no `Display` that applies, on purpose: `format!` on an unresolved value does not compile.
/// Use [`sub!`](crate::sub): `sub!("https://{}/logout", domain)`.
#[must_use = "a value does nothing until it is given to a property or an output"]
pub struct Value<T> {
    expr: Expr,
    of: PhantomData<fn() -> T>,
}

/// The type of free-form JSON properties, such as policy documents.
#[derive(Debug, Clone, Copy)]
pub enum Json {}

/// The type of properties that AWS documents as a `T` and takes as free-form JSON too.
pub struct OrJson<T>(PhantomData<fn() -> T>);

/// The type of properties that map any key to a `T`.
pub struct Map<T>(PhantomData<fn() -> T>);

impl<T> Value<T> {
    /// Takes an expression for a `T`, unchecked: CloudFormation will tell.
    pub fn new(expr: Expr) -> Self {
        Self { expr, of: PhantomData }
    }

    /// The expression.
    pub fn expr(&self) -> &Expr {
        &self.expr
    }

    /// The expression, by value.
    pub fn into_expr(self) -> Expr {
        self.expr
    }

    /// The same expression, taken for another type: the way out where AWS's schema is too narrow.
    pub fn cast<U>(self) -> Value<U> {
        Value::new(self.expr)
    }

    /// `AWS::NoValue`: as if the property had not been given.
    pub fn no_value() -> Self {
        Self::new(Expr::Pseudo(Pseudo::NoValue))
    }
}

/// What a value can be formatted as: nothing, for only the deployment knows it.
#[diagnostic::on_unimplemented(
    message = "a value that only the deployment knows cannot be formatted",
    label = "not known yet: CloudFormation evaluates it",
    note = "build the text with `sub!`, which takes the same `{{}}`: `sub!(\"https://{{}}/logout\", domain)`",
    note = "where the value may be a literal, `as_str()` gives it"
)]
pub trait KnownBeforeDeployment: sealed::Sealed {}

mod sealed {
    pub trait Sealed {}
}

/// Never applies; it is here for what the compiler says then.
impl<T> fmt::Display for Value<T>
where
    T: KnownBeforeDeployment,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.expr, f)
    }
}

impl Value<String> {
    /// The text, if it is known before deployment.
    pub fn as_str(&self) -> Option<&str> {
        self.expr.as_str()
    }
}

impl<T> Clone for Value<T> {
    fn clone(&self) -> Self {
        Self::new(self.expr.clone())
    }
}

impl<T> fmt::Debug for Value<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt(f)
    }
}

impl<T> PartialEq for Value<T> {
    fn eq(&self, other: &Self) -> bool {
        self.expr == other.expr
    }
}

impl<T> From<Value<T>> for Expr {
    fn from(value: Value<T>) -> Self {
        value.expr
    }
}

/// What a property of type `T` can be given.
#[diagnostic::on_unimplemented(
    message = "a property of type `{T}` cannot be given a `{Self}`",
    label = "not a `{T}`, nor a `Value<{T}>`",
    note = "a handle has attributes that give values, for example `vpc.id()` or `role.arn()`; AWS's closed word lists are types with constants and `custom(\"..\")`"
)]
pub trait IntoValue<T> {
    /// Turns it into a value.
    fn into_value(self) -> Value<T>;
}

impl<T> IntoValue<T> for Value<T> {
    #[inline]
    fn into_value(self) -> Value<T> {
        self
    }
}

impl<T> IntoValue<T> for &Value<T> {
    #[inline]
    fn into_value(self) -> Value<T> {
        self.clone()
    }
}

macro_rules! into_value {
    ($($from:ty => $to:ty, $value:ident => $expr:expr;)*) => {
        $(impl IntoValue<$to> for $from {
            #[inline]
            fn into_value(self) -> Value<$to> {
                let $value = self;
                Value::new($expr)
            }
        })*
    };
}

into_value! {
    &str => String, text => Expr::Str(Cow::Owned(text.to_owned()));
    &String => String, text => Expr::Str(Cow::Owned(text.clone()));
    String => String, text => Expr::Str(Cow::Owned(text));
    Cow<'static, str> => String, text => Expr::Str(text);
    bool => bool, value => Expr::Bool(value);
    u8 => i64, value => Expr::Int(value.into());
    u16 => i64, value => Expr::Int(value.into());
    u32 => i64, value => Expr::Int(value.into());
    i32 => i64, value => Expr::Int(value.into());
    i64 => i64, value => Expr::Int(value);
    u8 => f64, value => Expr::Int(value.into());
    u16 => f64, value => Expr::Int(value.into());
    u32 => f64, value => Expr::Int(value.into());
    i32 => f64, value => Expr::Int(value.into());
    f64 => f64, value => Expr::Num(value);
    serde_json::Value => Json, value => Expr::from(value);
}

impl<T, V: IntoValue<T>> IntoValue<Vec<T>> for Vec<V> {
    fn into_value(self) -> Value<Vec<T>> {
        Value::new(Expr::List(self.into_iter().map(|item| item.into_value().into_expr()).collect()))
    }
}

impl<T, V: IntoValue<T>, const N: usize> IntoValue<Vec<T>> for [V; N] {
    fn into_value(self) -> Value<Vec<T>> {
        Vec::from(self).into_value()
    }
}

impl<T, V: IntoValue<T>> IntoValue<OrJson<Vec<T>>> for Vec<V> {
    fn into_value(self) -> Value<OrJson<Vec<T>>> {
        IntoValue::<Vec<T>>::into_value(self).cast()
    }
}

impl<T, V: IntoValue<T>, const N: usize> IntoValue<OrJson<Vec<T>>> for [V; N] {
    fn into_value(self) -> Value<OrJson<Vec<T>>> {
        Vec::from(self).into_value()
    }
}

macro_rules! or_json {
    ($($from:ty),*) => {
        $(impl<T> IntoValue<OrJson<Vec<T>>> for $from {
            fn into_value(self) -> Value<OrJson<Vec<T>>> {
                Value::new(Expr::from(self))
            }
        })*
    };
}

or_json!(Value<Vec<T>>, Value<Json>, serde_json::Value);

impl<T, K: Into<String>, V: IntoValue<T>> IntoValue<Map<T>> for BTreeMap<K, V> {
    fn into_value(self) -> Value<Map<T>> {
        Value::new(Expr::map(self.into_iter().map(|(key, value)| (key.into(), value.into_value().into_expr()))))
    }
}

impl<T, K: Into<String>, V: IntoValue<T>> IntoValue<Map<T>> for Vec<(K, V)> {
    fn into_value(self) -> Value<Map<T>> {
        Value::new(Expr::map(self.into_iter().map(|(key, value)| (key.into(), value.into_value().into_expr()))))
    }
}

impl<T, K: Into<String>, V: IntoValue<T>, const N: usize> IntoValue<Map<T>> for [(K, V); N] {
    fn into_value(self) -> Value<Map<T>> {
        Vec::from(self).into_value()
    }
}
