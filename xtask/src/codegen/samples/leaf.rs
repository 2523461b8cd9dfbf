//! Values that no nested type describes: texts, numbers, words, free-form JSON.

use serde_json::{Map, Value, json};

use super::node::Node;
use super::text::{text, text_of_all};

/// How deep free-form JSON is filled in.
const DEPTH: usize = 6;

pub fn string(node: &Node<'_>, seed: usize) -> String {
    let node = node.narrowed(&["string"]);
    let words: Vec<&str> = node.allowed().into_iter().filter_map(Value::as_str).collect();
    if !words.is_empty() {
        return words[seed % words.len()].to_owned();
    }
    let range = node.count("minLength").unwrap_or(0)..=node.count("maxLength").unwrap_or(usize::MAX);
    let patterns: Vec<&str> = node.all("pattern").filter_map(Value::as_str).collect();
    match patterns[..] {
        [] | [_] => text(patterns.first().copied(), &range, seed),
        _ => text_of_all(&patterns, &range, seed),
    }
}

/// The first word that both the schema and the enum have, or one of either.
pub fn word(node: &Node<'_>, words: &[&str], seed: usize) -> String {
    let narrowed = node.narrowed(&["string"]);
    let allowed: Vec<&str> = narrowed.allowed().into_iter().filter_map(Value::as_str).collect();
    let both: Vec<&str> = words.iter().filter(|word| allowed.contains(word)).copied().collect();
    let choice = [&both, &allowed].into_iter().find(|choice| !choice.is_empty());
    match choice {
        Some(choice) => choice[seed % choice.len()].to_owned(),
        None => words[seed % words.len()].to_owned(),
    }
}

/// The least number, and more for another seed.
pub fn number(node: &Node<'_>, seed: usize, types: &[&str]) -> f64 {
    let node = node.narrowed(types);
    let numbers: Vec<f64> = node.allowed().into_iter().filter_map(Value::as_f64).collect();
    if !numbers.is_empty() {
        return numbers[seed % numbers.len()];
    }
    let step = node.number("multipleOf").unwrap_or(1.0);
    let above = node.number("exclusiveMinimum").map(|least| least + step);
    let most = node.number("maximum").unwrap_or(f64::MAX);
    let least = node.number("minimum").or(above).unwrap_or(if most < 1.0 { most } else { 1.0_f64.max(step) });
    let seed = u32::try_from(seed).expect("a list of samples is short");
    (least + f64::from(seed) * step).min(most)
}

pub fn boolean(node: &Node<'_>) -> bool {
    node.narrowed(&["boolean"]).allowed().into_iter().find_map(Value::as_bool).unwrap_or(true)
}

/// Free-form JSON: what the schema requires of it, or an object with one member.
pub fn json(node: &Node<'_>, seed: usize, depth: usize) -> Value {
    if let Some(value) = node.allowed().first() {
        return (*value).clone();
    }
    let types = node.types();
    let can_be = |of: &str| types.contains(&of) || types.is_empty();
    let members = node.members();
    if types.is_empty() && members.is_empty() {
        let arm = node.groups().into_iter().flat_map(|group| group.arms).next();
        return arm.map_or_else(|| json!({"Key": text(None, &(1..=9), seed)}), |arm| json_of(&arm, seed, depth));
    }
    if can_be("object") && depth < DEPTH {
        return object(node, seed, depth);
    }
    match types.first().copied().unwrap_or("object") {
        "string" => string(node, seed).into(),
        "boolean" => boolean(node).into(),
        "array" => list(node, depth),
        "integer" => whole(number(node, seed, &["integer"])),
        "number" => number(node, seed, &["number"]).into(),
        _ => json!({}),
    }
}

fn json_of(node: &Node<'_>, seed: usize, depth: usize) -> Value {
    json(node, seed, depth + 1)
}

pub fn whole(number: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "samples of whole numbers are whole and small")]
    let whole = number as i64;
    whole.into()
}

fn list(node: &Node<'_>, depth: usize) -> Value {
    (0..count(node)).map(|seed| json_of(&node.items(), seed, depth)).collect()
}

/// How many items a list gets.
pub fn count(node: &Node<'_>) -> usize {
    node.count("minItems").unwrap_or(0).max(1).min(node.count("maxItems").unwrap_or(usize::MAX))
}

fn object(node: &Node<'_>, seed: usize, depth: usize) -> Value {
    let mut node = node.clone();
    for group in node.groups() {
        let arm = group.arms.iter().find(|arm| arm.types().is_empty() || arm.types().contains(&"object"));
        node = arm.map_or(node.clone(), |arm| node.with(arm));
    }
    let mut members = Map::new();
    let required = node.required();
    for name in &required {
        let member = node.member(name).unwrap_or_else(|| node.unknown());
        members.insert((*name).to_owned(), json_of(&member, seed, depth));
    }
    if required.is_empty() {
        let (pattern, values) = node.values();
        match node.members().first() {
            _ if pattern.is_some() || !values.is_unknown() => {
                members.insert(text(pattern, &(1..=64), seed), json_of(&values, seed, depth));
            }
            Some(name) if depth < 2 => {
                let member = node.member(name).expect("its name is among the members");
                members.insert((*name).to_owned(), json_of(&member, seed, depth));
            }
            _ if node.is_closed() => (),
            _ => drop(members.insert("Key".to_owned(), "a".into())),
        }
    }
    Value::Object(members)
}
