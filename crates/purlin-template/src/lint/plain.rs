//! Texts, numbers and booleans against their keywords. CloudFormation converts between them: `"8080"` is accepted for
//! a number, and a number for text.

use std::ops::RangeInclusive;

use serde_json::Value;

use crate::lint::problem::Violation;
use crate::lint::{format, pattern};
use crate::nearest::nearest;
use crate::node::{Node, Spanned};
use crate::schema::texts;

/// Longer values are cut in messages.
const SHOWN: usize = 80;

/// What the value is, in words, if it is of none of the schema's types.
pub(super) fn of_another_type(schema: &Value, value: &Spanned) -> Option<String> {
    let mut types = types(schema).peekable();
    types.peek()?;
    if types.any(|name| is_of_type(name, value)) {
        return None;
    }
    Some(match text(value) {
        Some(given) => format!("`{}`", shown(&given)),
        None => value.node.kind().to_owned(),
    })
}

/// Whether text would be of the wrong type: only lists and mappings are taken.
pub(super) fn takes_no_text(schema: &Value) -> bool {
    let mut types = types(schema).peekable();
    types.peek().is_some() && types.all(|name| name == "array" || name == "object")
}

/// Whether a list would be of the wrong type.
pub(super) fn takes_no_list(schema: &Value) -> bool {
    let mut types = types(schema).peekable();
    types.peek().is_some() && types.all(|name| name != "array")
}

/// The types of a schema for a message.
pub(super) fn types_in_words(schema: &Value) -> Vec<&'static str> {
    let words = |name| match name {
        "string" => "text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        "array" => "a list",
        "object" => "a mapping",
        _ => "nothing",
    };
    types(schema).map(words).collect()
}

fn types(schema: &Value) -> impl Iterator<Item = &str> {
    schema["type"].as_str().into_iter().chain(texts(&schema["type"]))
}

fn is_of_type(name: &str, value: &Spanned) -> bool {
    match (name, &value.node) {
        ("string", node) => !matches!(node, Node::Sequence(_) | Node::Mapping(_) | Node::Null),
        ("integer", Node::Float(text)) => text.parse::<f64>().is_ok_and(|number| number.fract() == 0.0),
        ("integer", Node::String(text)) => text.trim().parse::<i128>().is_ok(),
        ("number", Node::String(text)) => text.trim().parse::<f64>().is_ok_and(f64::is_finite),
        ("boolean", Node::String(text)) => text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"),
        _ => matches!(
            (name, &value.node),
            ("integer" | "number", Node::Integer(_))
                | ("number", Node::Float(_))
                | ("boolean", Node::Bool(_))
                | ("array", Node::Sequence(_))
                | ("object", Node::Mapping(_))
                | ("null", Node::Null)
        ),
    }
}

/// Everything that is wrong with a plain value.
pub(super) fn violations(schema: &Value, value: &Spanned) -> Vec<Violation> {
    let Some(given) = text(value) else { return Vec::new() };
    let mut found: Vec<Violation> = not_allowed(schema, &given).into_iter().collect();
    let takes = |wanted: &str| types(schema).next().is_none() || types(schema).any(|name| name == wanted);
    if takes("string") {
        let length = given.chars().count();
        found.extend(counted(schema, ["minLength", "maxLength"], length..=length, "characters"));
        found.extend(misformed(schema, &given));
    }
    if (takes("integer") || takes("number"))
        && let Ok(number) = given.trim().parse::<f64>()
    {
        found.extend(out_of_range(schema, number, &given));
    }
    found
}

/// What is wrong with the name of a property.
pub(super) fn name_violation(schema: &Value, name: &str) -> Option<Violation> {
    let length = name.chars().count();
    let counted = counted(schema, ["minLength", "maxLength"], length..=length, "characters").into_iter().next();
    not_allowed(schema, name).or(counted).or_else(|| misformed(schema, name))
}

/// The texts that a schema lists, by `enum` or `const`.
pub(super) fn allowed_words(schema: &Value) -> Vec<String> {
    let listed = [&schema["enum"], &schema["enumCaseInsensitive"]].into_iter().filter_map(Value::as_array).flatten();
    listed.chain(schema.get("const")).filter_map(word).collect()
}

fn not_allowed(schema: &Value, given: &str) -> Option<Violation> {
    let same_case = !schema["enumCaseInsensitive"].is_array();
    let has_list = ["enum", "enumCaseInsensitive", "const"].iter().any(|key| schema.get(key).is_some());
    let allowed = allowed_words(schema);
    let is_allowed =
        allowed.iter().any(|word| if same_case { word == given } else { word.eq_ignore_ascii_case(given) });
    if !has_list || is_allowed {
        return None;
    }
    let is_volatile = schema["volatile"] == Value::Bool(true);
    // A number is not mistyped, it is another one; so are sizes and versions, `db.m4.large`.
    let is_word =
        given.trim().parse::<f64>().is_err() && !(is_volatile && given.contains(|c: char| c.is_ascii_digit()));
    let suggestion = nearest(given, allowed.iter().map(String::as_str)).filter(|_| is_word).map(str::to_owned);
    Some(Violation::NotAllowed { given: shown(given), allowed, suggestion, is_volatile })
}

fn misformed(schema: &Value, given: &str) -> Option<Violation> {
    if let Some(form) = schema["pattern"].as_str()
        && pattern::matches(form, given) == Some(false)
    {
        return Some(Violation::Pattern { given: shown(given), pattern: form.to_owned() });
    }
    let expected = format::broken(schema["format"].as_str()?, given)?;
    Some(Violation::Format { given: shown(given), expected })
}

fn out_of_range(schema: &Value, number: f64, given: &str) -> Option<Violation> {
    type Broken = fn(f64, f64) -> bool;
    let limits: [(&str, &str, Broken); 5] = [
        ("minimum", "at least", |number, limit| number < limit),
        ("maximum", "at most", |number, limit| number > limit),
        ("exclusiveMinimum", "more than", |number, limit| number <= limit),
        ("exclusiveMaximum", "less than", |number, limit| number >= limit),
        // `0.07` is seven times `0.01`, though not quite so in binary.
        ("multipleOf", "multiples of", |number, limit| (number / limit - (number / limit).round()).abs() > 1e-9),
    ];
    limits.into_iter().find_map(|(key, words, is_broken)| {
        let limit = schema[key].as_f64()?;
        let limit = is_broken(number, limit).then(|| format!("{words} {}", schema[key]))?;
        Some(Violation::Range { given: given.to_owned(), limit })
    })
}

/// Checks a count against `minItems`, `maxItems` and related keywords; a range where the count is not certain.
pub(super) fn counted(
    schema: &Value,
    [least, most]: [&str; 2],
    given: RangeInclusive<usize>,
    of: &'static str,
) -> Vec<Violation> {
    let (fewest, all) = given.into_inner();
    let too_few = schema[least].as_u64().filter(|least| (all as u64) < *least);
    let too_many = schema[most].as_u64().filter(|most| fewest as u64 > *most);
    let broken = [
        too_few.map(|least| (all, format!("at least {least}"))),
        too_many.map(|most| (fewest, format!("at most {most}"))),
    ];
    broken.into_iter().flatten().map(|(given, limit)| Violation::Size { given, of, limit }).collect()
}

/// A plain value as the text it is in a template.
pub(super) fn text(value: &Spanned) -> Option<String> {
    match &value.node {
        Node::Bool(value) => Some(value.to_string()),
        Node::Integer(value) => Some(value.to_string()),
        Node::Float(text) | Node::String(text) => Some(text.clone()),
        Node::Null | Node::Sequence(_) | Node::Mapping(_) => None,
    }
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text.to_owned(),
    }
}
