//! What a property takes, in words: the kind of value, the values AWS lists, and the limits.

use serde_json::Value;

use crate::lint::alternatives;
use crate::schema::{Property, ResourceType, entries, texts};

/// How far lists of lists are followed; a definition may contain itself.
const DEEPEST: usize = 4;

impl ResourceType {
    /// The kind of value that a property takes: `text`, `list of mappings`.
    pub fn kind_in_words(&self, property: &Property<'_>) -> String {
        self.kind(property.schema, 0)
    }

    /// The values that a property takes, or the items of a list, if AWS lists them.
    pub fn values(&self, property: &Property<'_>) -> Vec<String> {
        let schema = self.item(property.schema);
        let listed = ["enum", "enumCaseInsensitive"].into_iter().filter_map(|key| schema[key].as_array()).flatten();
        let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        listed.chain(schema.get("const")).map(word).collect()
    }

    /// The limits of a property: `1 to 64 characters`, `matches ..`; those of a list's items come last.
    pub fn limits(&self, property: &Property<'_>) -> Vec<String> {
        let mut found = limits(property.schema);
        let item = self.item(property.schema);
        if !std::ptr::eq(item, property.schema) {
            found.extend(limits(item).into_iter().map(|limit| format!("each {limit}")));
        }
        found
    }

    /// The default, if the schema has one.
    pub fn default_of(&self, property: &Property<'_>) -> Option<String> {
        match property.schema.get("default")? {
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    /// Rules between the members of an object: `exactly one of ..`; of the resource if no property
    /// is given.
    pub fn rules(&self, property: Option<&Property<'_>>) -> Vec<String> {
        let object = property.map_or(self.schema(), |property| self.inside(property).schema);
        let one_of = [("requiredXor", "exactly one of"), ("requiredOr", "at least one of")];
        let mut rules: Vec<String> = one_of
            .into_iter()
            .filter(|(key, _)| object[key].is_array())
            .map(|(key, words)| format!("{words} {}", quoted(texts(&object[key]))))
            .collect();
        for (key, words) in [("oneOf", "exactly one of"), ("anyOf", "at least one of")] {
            let arms = object[key].as_array().map_or(&[][..], Vec::as_slice);
            if let Some(names) = alternatives(arms).filter(|names| !names.is_empty()) {
                rules.push(format!("{words} {}", quoted(names.iter().map(String::as_str))));
            }
        }
        for (name, needed) in entries(&object["dependentRequired"]) {
            rules.push(format!("`{name}` needs {}", quoted(texts(needed))));
        }
        for (name, excluded) in entries(&object["dependentExcluded"]) {
            // What excludes each other is listed with both.
            let others = texts(excluded).filter(|other| {
                let is_mutual = texts(&object["dependentExcluded"][*other]).any(|it| it == name);
                !is_mutual || name < *other
            });
            let others = quoted(others);
            if !others.is_empty() {
                rules.push(format!("`{name}` excludes {others}"));
            }
        }
        rules
    }

    fn kind(&self, schema: &Value, depth: usize) -> String {
        let schema = self.followed(schema);
        let mut kinds: Vec<String> = Vec::new();
        for name in schema["type"].as_str().into_iter().chain(texts(&schema["type"])) {
            let kind = match name {
                "string" if schema["format"] == "json" => "JSON".to_owned(),
                "string" => "text".to_owned(),
                "integer" => "whole number".to_owned(),
                "number" => "number".to_owned(),
                "boolean" => "`true` or `false`".to_owned(),
                "array" => self.list(schema, depth),
                "object" => self.object(schema, depth),
                _ => continue,
            };
            kinds.push(kind);
        }
        if kinds.is_empty() && depth < DEEPEST {
            let arms = ["oneOf", "anyOf", "allOf"].into_iter().filter_map(|key| schema[key].as_array()).flatten();
            kinds.extend(arms.map(|arm| self.kind(arm, depth + 1)).filter(|kind| kind != "any value"));
        }
        if kinds.is_empty() && schema["properties"].is_object() {
            kinds.push("mapping".to_owned());
        }
        kinds.dedup();
        if kinds.contains(&"JSON".to_owned()) {
            kinds.retain(|kind| kind != "text");
        }
        if kinds.is_empty() { "any value".to_owned() } else { kinds.join(" or ") }
    }

    fn list(&self, schema: &Value, depth: usize) -> String {
        match schema.get("items") {
            Some(items) if depth < DEEPEST => format!("list of {}", plural(&self.kind(items, depth + 1))),
            _ => "list".to_owned(),
        }
    }

    fn object(&self, schema: &Value, depth: usize) -> String {
        let has_forms = ["oneOf", "anyOf", "allOf"].iter().any(|key| schema[key].is_array());
        if schema["properties"].is_object() || has_forms {
            return "mapping".to_owned();
        }
        let patterns = entries(&schema["patternProperties"]).map(|(_, inner)| inner);
        let inner = patterns.chain(schema.get("additionalProperties").filter(|inner| inner.is_object())).next();
        match inner {
            Some(inner) if depth < DEEPEST => format!("map of names to {}", plural(&self.kind(inner, depth + 1))),
            _ => "JSON".to_owned(),
        }
    }

    /// What the items of a list are, and those of its lists; the schema itself if it is no list.
    fn item<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        for _ in 0..DEEPEST {
            let Some(items) = schema.get("items").filter(|items| items.is_object()) else { break };
            schema = self.followed(items);
        }
        schema
    }
}

/// `A`, `B` and `C`.
fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((end, rest)) if !rest.is_empty() => format!("{} and {end}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

fn plural(kind: &str) -> String {
    match kind.split_once(' ') {
        _ if kind.contains(" or ") => format!("({kind})"),
        Some(("list", of)) => format!("lists {of}"),
        Some(("map", of)) => format!("maps {of}"),
        _ if kind == "JSON" || kind == "text" => kind.to_owned(),
        _ => format!("{kind}s"),
    }
}

fn limits(schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (least, most, of) in [
        ("minLength", "maxLength", [" character", " characters"]),
        ("minItems", "maxItems", [" item", " items"]),
        ("minProperties", "maxProperties", [" entry", " entries"]),
        ("minimum", "maximum", ["", ""]),
    ] {
        let of = |number: &Value| if *number == 1 { of[0] } else { of[1] };
        // That a length is at least zero goes without saying.
        let least = schema.get(least).filter(|least| of(least).is_empty() || **least != 0);
        found.extend(match (least, schema.get(most)) {
            (Some(least), Some(most)) if least == most => Some(format!("exactly {least}{}", of(least))),
            (Some(least), Some(most)) => Some(format!("{least} to {most}{}", of(most))),
            (Some(least), None) => Some(format!("at least {least}{}", of(least))),
            (None, Some(most)) => Some(format!("at most {most}{}", of(most))),
            (None, None) => None,
        });
    }
    if schema["uniqueItems"] == true {
        found.push("no item twice".to_owned());
    }
    if let Some(number) = schema.get("multipleOf") {
        found.push(format!("a multiple of {number}"));
    }
    if let Some(pattern) = schema["pattern"].as_str() {
        found.push(format!("matches `{pattern}`"));
    }
    let format = schema["format"].as_str().filter(|_| schema["type"] != "array");
    found.extend(format.and_then(format_in_words));
    found
}

/// Only the formats that tell more than the kind of value does.
fn format_in_words(format: &str) -> Option<String> {
    if let Some((owner, attribute)) = format.rsplit_once('.').filter(|(owner, _)| owner.contains("::")) {
        return Some(format!("the `{attribute}` of an `{owner}`"));
    }
    let words = match format {
        "date-time" | "timestamp" => "a time, `2026-12-31T23:59:59Z`",
        "ipv4" => "an IPv4 address",
        "ipv6" => "an IPv6 address",
        "ipv4-network" => "a range of IPv4 addresses, `10.0.0.0/16`",
        "ipv6-network" => "a range of IPv6 addresses, `2001:db8::/56`",
        "uri" => "a URI",
        _ => return None,
    };
    Some(words.to_owned())
}
