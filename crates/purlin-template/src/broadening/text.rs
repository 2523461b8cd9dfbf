//! Reads values of templates as short text: `${Jobs.Arn}` for what only AWS knows.

use std::collections::BTreeMap;

use serde_json::Value;

/// Reads values, knowing which parameters cannot be told by their name alone.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    template: &'a Value,
    /// The defaults of parameters whose default is another in the other template.
    defaults: BTreeMap<&'a str, String>,
}

impl<'a> Reader<'a> {
    /// Of a template that is compared with another.
    pub(super) fn of(template: &'a Value, other: &Value) -> Self {
        let parameters = template["Parameters"].as_object().into_iter().flatten();
        let changed = parameters.filter_map(|(name, parameter)| {
            let default = parameter.get("Default")?;
            let before = other["Parameters"][name].get("Default")?;
            (default != before).then(|| (name.as_str(), scalar(default)))
        });
        Self { template, defaults: changed.collect() }
    }

    /// A value as text.
    pub(super) fn text(&self, value: &Value) -> String {
        match value {
            Value::Object(map) if map.len() == 1 => {
                let (name, argument) = map.iter().next().expect("it has one entry");
                self.function(name, argument).unwrap_or_else(|| value.to_string())
            }
            Value::Array(items) => items.iter().map(|item| self.text(item)).collect::<Vec<_>>().join(", "),
            other => scalar(other),
        }
    }

    /// A value or a list of values as texts; both branches of a condition count.
    pub(super) fn texts(&self, value: &Value) -> Vec<String> {
        branches(value).into_iter().flat_map(|item| self.comma_list(item)).collect()
    }

    /// A parameter that is a list counts with every item of a default that changes.
    fn comma_list(&self, value: &Value) -> Vec<String> {
        match value["Ref"].as_str().and_then(|name| self.defaults.get(name)) {
            Some(list) => list.split(',').map(|item| item.trim().to_owned()).collect(),
            None => vec![self.text(value)],
        }
    }

    /// Like `texts`, with the defaults of parameters: what is known of a value before its deployment.
    pub(super) fn known(&self, value: &Value) -> Vec<String> {
        let of_one = |item: &Value| {
            let parameter = item["Ref"].as_str().map(|name| &self.template["Parameters"][name]);
            match parameter.and_then(|it| it.get("Default")) {
                Some(Value::String(list)) => list.split(',').map(|item| item.trim().to_owned()).collect(),
                Some(other) => vec![scalar(other)],
                None => self.texts(item),
            }
        };
        branches(value).into_iter().flat_map(of_one).collect()
    }

    /// A text that is written out, or joined from parts.
    pub(super) fn written(&self, value: &Value) -> Option<String> {
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Object(map) if map.len() == 1 => {
                let parameter = value["Ref"].as_str().map(|name| &self.template["Parameters"][name]["Default"]);
                let default = parameter.and_then(Value::as_str).map(str::to_owned);
                let is_text = map.contains_key("Fn::Sub") || map.contains_key("Fn::Join");
                default.or_else(|| is_text.then(|| self.text(value)))
            }
            _ => None,
        }
    }

    fn function(&self, name: &str, argument: &Value) -> Option<String> {
        let text = match name {
            "Ref" => self.named(argument.as_str()?),
            "Fn::GetAtt" => match argument {
                Value::String(path) => format!("${{{path}}}"),
                other => format!("${{{}}}", list(other)?.iter().map(|it| self.text(it)).collect::<Vec<_>>().join(".")),
            },
            "Fn::Sub" => self.sub(argument)?,
            "Fn::Join" => {
                let [separator, parts] = list(argument)?.as_slice() else { return None };
                let parts: Vec<_> = list(parts)?.iter().map(|part| self.text(part)).collect();
                parts.join(separator.as_str()?)
            }
            "Fn::FindInMap" => self.find_in_map(list(argument)?),
            "Fn::ImportValue" => format!("${{import {}}}", self.text(argument)),
            "Fn::If" => {
                let [condition, yes, no] = list(argument)?.as_slice() else { return None };
                format!("{} or {} by {}", self.text(yes), self.text(no), self.text(condition))
            }
            other => format!("${{{} {}}}", other.strip_prefix("Fn::")?, self.text(argument)),
        };
        Some(text)
    }

    fn named(&self, name: &str) -> String {
        self.defaults.get(name).cloned().unwrap_or_else(|| format!("${{{name}}}"))
    }

    fn sub(&self, argument: &Value) -> Option<String> {
        let (template, values) = match argument {
            Value::String(template) => (template.as_str(), None),
            other => match list(other)?.as_slice() {
                [template, values] => (template.as_str()?, Some(values)),
                _ => return None,
            },
        };
        let mut text = String::new();
        let mut rest = template;
        while let Some((before, hole)) = rest.split_once("${") {
            let Some((name, after)) = hole.split_once('}') else { break };
            text.push_str(before);
            match values.and_then(|values| values.get(name)) {
                Some(value) => text.push_str(&self.text(value)),
                None => text.push_str(&self.named(name)),
            }
            rest = after;
        }
        text.push_str(rest);
        Some(text)
    }

    /// What a mapping says, where the keys are written out.
    fn find_in_map(&self, path: &[Value]) -> String {
        let keys: Vec<_> = path.iter().take(3).map(|key| self.text(key)).collect();
        let mapped = keys.iter().fold(&self.template["Mappings"], |value, key| &value[key.as_str()]);
        if mapped.is_null() || mapped.is_object() { format!("${{{}}}", keys.join(".")) } else { self.text(mapped) }
    }
}

/// The items of a value: one, or those of a list, on either side of every condition.
pub(super) fn branches(value: &Value) -> Vec<&Value> {
    if value.is_null() || value["Ref"] == "AWS::NoValue" {
        return Vec::new();
    }
    if let Some([_, yes, no]) = value.get("Fn::If").and_then(list).map(Vec::as_slice) {
        return branches(yes).into_iter().chain(branches(no)).collect();
    }
    match value {
        Value::Array(items) => items.iter().flat_map(branches).collect(),
        other => vec![other],
    }
}

/// The logical id a text is a reference to: `Jobs` of `${Jobs.Arn}` and of `${Jobs.Arn}/*`.
pub(super) fn referred(text: &str) -> Option<&str> {
    let name = text.split_once("${")?.1.split(['}', '.']).next()?;
    (!name.contains(' ')).then_some(name)
}

/// Whether what a text refers to is in a template. What it does not manage is.
pub(super) fn is_in(text: &str, template: &Value) -> bool {
    let Some(name) = referred(text).filter(|name| !name.starts_with("AWS::")) else { return true };
    !template["Resources"][name].is_null() || !template["Parameters"][name].is_null()
}

fn list(value: &Value) -> Option<&Vec<Value>> {
    value.as_array()
}

fn scalar(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
