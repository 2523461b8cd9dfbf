//! Redacts secrets in evidence: values of secret properties, texts that look like credentials, and all copies of a
//! hidden value. In doubt, a value is hidden.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex_lite::Regex;
use serde_json::{Map, Value, json};

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

/// Parts of names with a secret value.
const SECRET_NAMES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "signingkey",
    "encryptionkey",
    "credential",
    "connectionstring",
];

/// Ends of names that refer to a secret or describe it.
const HARMLESS_ENDS: &[&str] =
    &["arn", "arns", "name", "id", "ids", "type", "version", "stage", "units", "validity", "length", "valuefrom"];

/// Patterns of credentials; the groups around the credential stay.
static CREDENTIALS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let patterns = [
        r"()-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|$)()",
        r"()\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b()",
        r"()\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*()",
        r"()\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|sk_live_|rk_live_|npm_|AIza)[A-Za-z0-9_-]{8,}()",
        r"([a-zA-Z][a-zA-Z0-9+.-]*://[^/\s:@]+:)[^@\s/]+(@)",
        r"(X-Amz-(?:Signature|Security-Token|Credential)=)[^&\s]+()",
        r"((?i:bearer|basic) )[A-Za-z0-9+/._~=-]{16,}()",
        // `name=value`, `name: value`, `"name":"value"`; not the `secret:Name` of an ARN.
        r#"((?i:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key)\\?["']?\s*(?:=\s*\\?["']?|:\s+\\?["']?|:\\?["']))[^\s"'\\,;&}]{3,}()"#,
    ];
    patterns.iter().map(|pattern| Regex::new(pattern).expect("a test compiles these patterns")).collect()
});

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
            let is_hidden = parameter["NoEcho"] == true || parameter["NoEcho"] == "true";
            if is_hidden && let Some(given) = parameter.get("Default") {
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
        let mut text = CREDENTIALS.iter().fold(text.to_owned(), |text, pattern| {
            pattern.replace_all(&text, format!("${{1}}{HIDDEN}${{2}}").as_str()).into_owned()
        });
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

fn is_secret_name(name: &str) -> bool {
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    SECRET_NAMES.iter().any(|part| name.contains(part)) && !HARMLESS_ENDS.iter().any(|end| name.ends_with(end))
}

fn is_secret_path(kind: &str, detail: &ChangeDetail) -> bool {
    let path = detail.path.as_deref().unwrap_or_default();
    let steps = || path.split(['/', '.']).filter(|step| !step.is_empty());
    let is_secret_property =
        |step: &str| SECRET_PROPERTIES.iter().any(|(start, name)| kind.starts_with(start) && *name == step);
    steps().any(|step| is_secret_name(step) || is_secret_property(step))
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn only_the_secrets_in_a_log_line_are_redacted() {
        let cases = [
            ("connecting to db as shop", "connecting to db as shop"),
            ("DB_PASSWORD=hunter2 HOST=db", "DB_PASSWORD=*** HOST=db"),
            (r#"{"clientSecret": "abc", "port": 80}"#, r#"{"clientSecret": "***", "port": 80}"#),
            ("Authorization: Bearer abcdef.ghijkl.mnopqr", "Authorization: Bearer ***"),
            ("postgres://shop:hunter2@db:5432/shop refused", "postgres://shop:***@db:5432/shop refused"),
            ("key AKIAIOSFODNN7EXAMPLE is old", "key *** is old"),
            ("token expired", "token expired"),
            ("no password given, secret=xyz", "no password given, secret=***"),
            ("passwörd=1 password=üüü", "passwörd=1 password=***"),
        ];
        for (line, expected) in cases {
            assert_eq!(redact(line), expected, "{line}");
        }
    }
}
