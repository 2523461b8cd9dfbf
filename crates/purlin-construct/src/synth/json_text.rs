//! The JSON text of a value, as a join of literal JSON and references. A text has quotes, a number none, a list brackets.

use serde_json::json;

use super::render::number;
use crate::expr::{Expr, Key, Pseudo};
use crate::interpolate;
use crate::tree::Tree;
use crate::value_type::{ValueType, type_of};

/// The JSON text of an expression.
pub(super) fn of(tree: &Tree, expr: &Expr) -> Expr {
    let mut parts = Vec::new();
    write(tree, expr, &mut parts);
    interpolate::join("", parts)
}

fn write(tree: &Tree, expr: &Expr, parts: &mut Vec<Expr>) {
    match expr {
        Expr::Null => parts.push("null".into()),
        Expr::Bool(value) => parts.push(value.to_string().into()),
        Expr::Int(value) => parts.push(value.to_string().into()),
        Expr::Num(value) => parts.push(number(*value).to_string().into()),
        Expr::Str(text) | Expr::Custom(text) => parts.push(json!(text).to_string().into()),
        Expr::List(items) => {
            parts.push("[".into());
            for (index, item) in items.iter().filter(|item| !is_absent(item)).enumerate() {
                if index > 0 {
                    parts.push(",".into());
                }
                write(tree, item, parts);
            }
            parts.push("]".into());
        }
        Expr::Map(map) => {
            let (sometimes, always): (Vec<_>, Vec<_>) =
                map.iter().filter(|(_, value)| !is_absent(value)).partition(|(_, value)| may_be_absent(value));
            parts.push("{".into());
            for (index, (key, value)) in always.iter().enumerate() {
                parts.push(format!("{}{}:", if index > 0 { "," } else { "" }, json!(key)).into());
                write(tree, value, parts);
            }
            let comma = if always.is_empty() { "" } else { "," };
            parts.extend(sometimes.into_iter().map(|member| optional(tree, comma, member)));
            parts.push("}".into());
        }
        Expr::Call("Fn::If", argument) if type_of(tree, expr) != ValueType::Text => match argument.as_list() {
            Some([condition, then, otherwise]) => {
                parts.push(choice(condition, of(tree, then), of(tree, otherwise)));
            }
            _ => parts.push(expr.clone()),
        },
        reference => match type_of(tree, reference) {
            ValueType::Number | ValueType::Bool => parts.push(reference.clone()),
            kind @ (ValueType::List | ValueType::Numbers) => {
                let quote = if kind == ValueType::List { "\"" } else { "" };
                let items = Expr::List(vec![format!("{quote},{quote}").into(), reference.clone()]);
                let items = Expr::Call("Fn::Join", Box::new(items));
                parts.extend([format!("[{quote}").into(), items, format!("{quote}]").into()]);
            }
            _ => {
                parts.push("\"".into());
                match reference {
                    Expr::Join(delimiter, items) if delimiter.is_empty() => parts.extend(items.iter().map(escaped)),
                    other => parts.push(escaped(other)),
                }
                parts.push("\"".into());
            }
        },
    }
}

/// A text as it is inside quotes: its literal parts are escaped. What only the deployment knows stays as it is.
fn escaped(expr: &Expr) -> Expr {
    let all = |items: &[Expr]| items.iter().map(escaped).collect::<Vec<_>>();
    match expr {
        Expr::Str(text) | Expr::Custom(text) => {
            let text = json!(text).to_string();
            text[1..text.len() - 1].into()
        }
        Expr::List(items) => Expr::List(all(items)),
        Expr::Map(map) => Expr::Map(map.iter().map(|(key, value)| (key.clone(), escaped(value))).collect()),
        Expr::Join(delimiter, items) => match escaped(&Expr::Str(delimiter.clone())) {
            Expr::Str(delimiter) => Expr::Join(delimiter, all(items)),
            _ => expr.clone(),
        },
        Expr::Call(name @ ("Fn::If" | "Fn::Join" | "Fn::Select" | "Fn::Sub"), argument) => {
            Expr::Call(name, Box::new(escaped(argument)))
        }
        Expr::Call("Fn::Split", argument) if is_never_escaped(argument) => {
            Expr::Call("Fn::Split", Box::new(escaped(argument)))
        }
        other => other.clone(),
    }
}

/// Whether the delimiter of a split has no letter of an escape such as `\n` or `\u000b`.
fn is_never_escaped(split: &Expr) -> bool {
    let delimiter = split.as_list().and_then(|items| items.first()?.as_str());
    delimiter
        .is_some_and(|it| !it.contains(|letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '"' | '\\')))
}

fn choice(condition: &Expr, then: Expr, otherwise: Expr) -> Expr {
    Expr::Call("Fn::If", Box::new(Expr::List(vec![condition.clone(), then, otherwise])))
}

/// A member of a map that is there under a condition.
fn optional(tree: &Tree, comma: &str, (key, value): (&Key, &Expr)) -> Expr {
    let Some([condition, then, otherwise]) = branches(value) else { return "".into() };
    let text = |value: &Expr| match value {
        absent if is_absent(absent) => Expr::from(""),
        nested if may_be_absent(nested) => optional(tree, comma, (key, nested)),
        value => {
            let mut parts = vec![format!("{comma}{}:", json!(key)).into()];
            write(tree, value, &mut parts);
            interpolate::join("", parts)
        }
    };
    choice(condition, text(then), text(otherwise))
}

fn branches(expr: &Expr) -> Option<&[Expr]> {
    match expr {
        Expr::Call("Fn::If", argument) => argument.as_list(),
        _ => None,
    }
}

/// Whether a value is left out.
pub(super) fn is_absent(expr: &Expr) -> bool {
    matches!(expr, Expr::Pseudo(Pseudo::NoValue))
}

/// Whether a value is left out under a condition.
pub(super) fn may_be_absent(expr: &Expr) -> bool {
    let is_out = |it: &Expr| is_absent(it) || may_be_absent(it);
    matches!(branches(expr), Some([_, then, otherwise]) if is_out(then) || is_out(otherwise))
}
