//! Redacts secrets in evidence: values of secret properties, texts that look like credentials, and all copies of a
//! hidden value. In doubt, a value is hidden.

use std::collections::BTreeSet;

use purlin_template::is_hidden;
use serde_json::{Map, Value, json};

use crate::credentials::{self, is_secret_name};
use crate::model::{Change, ChangeDetail};

/// The replacement of a secret.
pub(crate) const HIDDEN: &str = "***";

/// Properties that are always secret, by the beginning of the type.
const SECRET_PROPERTIES: &[(&str, &str)] = &[
    ("AWS::SecretsManager::Secret", "SecretString"),
    ("AWS::SSM::Parameter", "Value"),
    ("AWS::IAM::User", "LoginProfile"),
    ("AWS::EC2::Instance", "UserData"),
    ("AWS::EC2::LaunchTemplate", "UserData"),
    ("AWS::AutoScaling::LaunchConfiguration", "UserData"),
    ("AWS::ElastiCache::", "AuthToken"),
    ("AWS::IAM::ServerCertificate", "PrivateKey"),
];

/// Redacts credentials in a text, such as a line of a log.
pub fn redact(text: &str) -> String {
    Redaction::default().text(text)
}

/// Hides secrets, and collects the hidden values.
#[derive(Default)]
pub(crate) struct Redaction {
    hidden: BTreeSet<String>,
}

impl Redaction {
    /// Starts with known secrets.
    pub(crate) fn with_secrets(secrets: &[String]) -> Self {
        Self { hidden: secrets.iter().filter(|secret| secret.len() >= 4).cloned().collect() }
    }

    /// A template without hidden parameters and secret properties.
    pub(crate) fn template(&mut self, template: &Value) -> Value {
        let mut template = template.clone();
        let parameters = template["Parameters"].as_object().cloned().unwrap_or_default();
        for (name, parameter) in parameters {
            if is_hidden(&parameter)
                && let Some(given) = parameter.get("Default")
            {
                template["Parameters"][&name]["Default"] = self.hide(given);
            }
        }
        let resources = template["Resources"].as_object().cloned().unwrap_or_default();
        for (id, resource) in resources {
            if let Some(properties) = resource.get("Properties") {
                let kind = resource["Type"].as_str().unwrap_or_default();
                template["Resources"][&id]["Properties"] = self.properties(kind, properties);
            }
        }
        template
    }

    /// A change without the values of secret properties.
    pub(crate) fn change(&mut self, change: &Change) -> Change {
        let mut change = change.clone();
        for detail in &mut change.details {
            let is_secret = is_secret_path(&change.resource_type, detail);
            for value in [&mut detail.before, &mut detail.after].into_iter().flatten() {
                *value = self.value(&change.resource_type, value, is_secret);
            }
        }
        change
    }

    /// Redacts credentials and all hidden values in the texts of a document.
    pub(crate) fn texts(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.iter().map(|item| self.texts(item)).collect(),
            Value::Object(map) => {
                Value::Object(map.iter().map(|(key, item)| (key.clone(), self.texts(item))).collect())
            }
            other => other.clone(),
        }
    }

    fn text(&self, text: &str) -> String {
        let mut text = credentials::replace(text, HIDDEN);
        // The longest first: a secret may be part of another one.
        let mut hidden: Vec<&String> = self.hidden.iter().collect();
        hidden.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        for secret in hidden {
            text = text.replace(secret.as_str(), HIDDEN);
        }
        text
    }

    /// A value of a change set: text, or JSON in a text.
    fn value(&mut self, kind: &str, text: &str, is_secret: bool) -> String {
        if is_secret {
            self.hide(&json!(text));
            return HIDDEN.to_owned();
        }
        match serde_json::from_str::<Value>(text) {
            Ok(value @ (Value::Object(_) | Value::Array(_))) => {
                let inner = value.get("Properties").is_some();
                let value = if inner { self.resource(kind, &value) } else { self.properties(kind, &value) };
                value.to_string()
            }
            _ => text.to_owned(),
        }
    }

    fn resource(&mut self, kind: &str, resource: &Value) -> Value {
        let mut resource = resource.clone();
        resource["Properties"] = self.properties(kind, &resource["Properties"]);
        resource
    }

    /// The properties of a type, or a part of them.
    fn properties(&mut self, kind: &str, value: &Value) -> Value {
        match value {
            Value::Array(items) => items.iter().map(|item| self.properties(kind, item)).collect(),
            Value::Object(map) => Value::Object(self.map(kind, map)),
            other => other.clone(),
        }
    }

    fn map(&mut self, kind: &str, map: &Map<String, Value>) -> Map<String, Value> {
        // `{Name: DB_PASSWORD, Value: ..}`: the name is a value here.
        let names = ["Name", "Key", "ParameterKey", "HeaderName"];
        let is_pair = names.iter().filter_map(|key| map.get(*key)?.as_str()).any(is_secret_name);
        let mut out = Map::new();
        for (key, value) in map {
            let is_secret = is_secret_name(key)
                || SECRET_PROPERTIES.iter().any(|(start, name)| kind.starts_with(start) && name == key)
                || (is_pair && ["Value", "ParameterValue", "HeaderValue"].contains(&key.as_str()));
            let value = if is_secret { self.secret(kind, value) } else { self.properties(kind, value) };
            out.insert(key.clone(), value);
        }
        out
    }

    /// A value under a secret name: references stay, as they do not contain the secret.
    fn secret(&mut self, kind: &str, value: &Value) -> Value {
        match value {
            Value::String(text) if text.starts_with("{{resolve:") && text.ends_with("}}") => value.clone(),
            Value::String(_) => self.hide(value),
            Value::Array(items) => items.iter().map(|item| self.secret(kind, item)).collect(),
            Value::Object(map) => {
                let is_text = ["Fn::Sub", "Fn::Join", "Fn::Base64"].iter().any(|key| map.contains_key(*key));
                if is_text { self.hide(value) } else { Value::Object(self.map(kind, map)) }
            }
            other => other.clone(),
        }
    }

    fn hide(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) if is_distinctive(text) => drop(self.hidden.insert(text.clone())),
            Value::Array(items) => items.iter().for_each(|item| drop(self.hide(item))),
            Value::Object(map) => map.values().for_each(|item| drop(self.hide(item))),
            _ => {}
        }
        json!(HIDDEN)
    }
}

/// Whether a hidden value is hidden everywhere: a common word is not, as it would redact too much.
fn is_distinctive(text: &str) -> bool {
    text.len() >= 6 && text != HIDDEN && !text.chars().all(|letter| letter.is_ascii_lowercase()) && !text.contains("${")
}

fn is_secret_path(kind: &str, detail: &ChangeDetail) -> bool {
    let path = detail.path.as_deref().unwrap_or_default();
    let steps = || path.split(['/', '.']).filter(|step| !step.is_empty());
    let is_secret_property =
        |step: &str| SECRET_PROPERTIES.iter().any(|(start, name)| kind.starts_with(start) && *name == step);
    steps().any(|step| is_secret_name(step) || is_secret_property(step))
}
