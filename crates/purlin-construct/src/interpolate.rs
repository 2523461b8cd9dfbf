//! `sub!`: text with holes, some of which are known only after deployment.

use std::borrow::Cow;

use crate::expr::Expr;
use crate::value::Value;

/// Something that can fill a `{}` in [`sub!`](crate::sub).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot fill a `{{}}` in `sub!`",
    label = "not a text, a number or a `Value<String>`",
    note = "pass one of its attributes, for example `alb.dns_name()`"
)]
pub trait Part {
    /// The expression that fills the hole.
    fn part(&self) -> Expr;
}

macro_rules! value_parts {
    ($($scalar:ty)*) => {
        $(impl Part for Value<$scalar> {
            fn part(&self) -> Expr {
                self.expr().clone()
            }
        })*
    };
}
value_parts!(String i64 f64 bool);

impl<T: Part + ?Sized> Part for &T {
    fn part(&self) -> Expr {
        (**self).part()
    }
}

impl Part for str {
    fn part(&self) -> Expr {
        Expr::from(self)
    }
}

impl Part for String {
    fn part(&self) -> Expr {
        Expr::from(self.as_str())
    }
}

macro_rules! number_parts {
    ($($number:ty)*) => {
        $(impl Part for $number {
            fn part(&self) -> Expr {
                Expr::from(self.to_string())
            }
        })*
    };
}
number_parts!(u8 u16 u32 u64 usize i32 i64);

/// Counts the `{}` in a text, at compile time. `{{` and `}}` stand for a single brace.
pub const fn holes(text: &str) -> usize {
    let (bytes, mut at, mut count) = (text.as_bytes(), 0, 0);
    while at < bytes.len() {
        let next = if at + 1 < bytes.len() { bytes[at + 1] } else { 0 };
        match (bytes[at], next) {
            (b'{', b'{') | (b'}', b'}') => at += 1,
            (b'{', b'}') => {
                count += 1;
                at += 1;
            }
            (b'{' | b'}', _) => panic!("sub!: a hole is written `{{}}`, a single brace `{{{{` or `}}}}`"),
            _ => (),
        }
        at += 1;
    }
    count
}

/// Fills the holes of a text. [`sub!`](crate::sub) calls it, after counting the holes.
pub fn interpolate(text: &str, args: &[Expr]) -> Value<String> {
    let mut args = args.iter().cloned();
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('{', Some('}')) => {
                chars.next();
                parts.push(Expr::Str(Cow::Owned(std::mem::take(&mut literal))));
                parts.extend(args.next());
            }
            ('{', Some('{')) | ('}', Some('}')) => literal.extend(chars.next()),
            _ => literal.push(c),
        }
    }
    parts.push(Expr::Str(Cow::Owned(literal)));
    Value::new(join("", parts))
}

/// `Fn::Join`, with neighbouring texts merged and nested joins of the same delimiter spliced in, as the CDK does.
pub(crate) fn join(delimiter: &str, parts: Vec<Expr>) -> Expr {
    let mut merged: Vec<Expr> = Vec::new();
    let mut pending = parts.into_iter().rev().collect::<Vec<_>>();
    while let Some(part) = pending.pop() {
        match (part, merged.last_mut()) {
            (Expr::Join(inner, items), _) if inner == delimiter => pending.extend(items.into_iter().rev()),
            (Expr::Custom(text), _) => pending.push(Expr::Str(text)),
            (Expr::Str(text), _) if text.is_empty() && delimiter.is_empty() => (),
            (Expr::Int(number), _) => pending.push(Expr::from(number.to_string())),
            (Expr::Num(number), _) if number.is_finite() => pending.push(Expr::from(number.to_string())),
            (Expr::Bool(value), _) => pending.push(Expr::from(value.to_string())),
            (Expr::Str(text), Some(Expr::Str(last))) => {
                let last = last.to_mut();
                last.push_str(delimiter);
                last.push_str(&text);
            }
            (part, _) => merged.push(part),
        }
    }
    match merged.len() {
        0 => Expr::Str(Cow::Borrowed("")),
        1 => merged.swap_remove(0),
        _ => Expr::Join(Cow::Owned(delimiter.to_owned()), merged),
    }
}

/// `sub!("https://{}/logout", domain)`: text with holes, some of which are known only after deployment.
///
/// The holes are counted at compile time; each is filled by a text, a number or a [`Value<String>`](crate::Value).
/// It becomes plain text where all is known, `Fn::Join` otherwise.
///
/// ```
/// use purlin_construct::{intrinsics, sub};
///
/// let url = sub!("https://cognito-idp.{}.amazonaws.com:{}/", intrinsics::region(), 443);
/// ```
#[macro_export]
macro_rules! sub {
    ($text:literal $(, $arg:expr)* $(,)?) => {{
        const _: () = assert!(
            $crate::holes($text) == <[&str]>::len(&[$(stringify!($arg)),*]),
            "sub!: the text has a different number of holes than there are arguments"
        );
        $crate::interpolate($text, &[$($crate::Part::part(&$arg)),*])
    }};
}
pub(crate) use sub;

#[cfg(test)]
mod tests {
    use crate::intrinsics::region;
    use crate::value::{IntoValue, Value};

    fn literal(number: f64) -> Value<f64> {
        number.into_value()
    }

    #[test]
    fn merges_neighbours_and_keeps_braces() {
        let cases = [
            (sub!("a-{}-b", "x"), "Str(\"a-x-b\")"),
            (sub!("{}", region()), "Pseudo(Region)"),
            (sub!("{{{}}}", 8), "Str(\"{8}\")"),
            (sub!("a{}{}", sub!("b{}", region()), "c"), "Join(\"\", [Str(\"ab\"), Pseudo(Region), Str(\"c\")])"),
            (sub!("{} {}", literal(1.5), literal(2.0)), "Str(\"1.5 2\")"),
            (sub!("{}", IntoValue::<bool>::into_value(true)), "Str(\"true\")"),
            (sub!(""), "Str(\"\")"),
        ];
        for (value, expect) in cases {
            assert_eq!(format!("{value:?}"), expect);
        }
    }
}
