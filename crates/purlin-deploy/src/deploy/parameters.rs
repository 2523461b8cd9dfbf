//! Which parameter values a change set is created with.

use std::collections::BTreeMap;

use purlin_diagnosis::StackState;
use purlin_template::is_hidden;
use serde_json::Value;

use crate::cloudformation::ParameterValue;
use crate::error::DeployError;

/// Everything the choice depends on.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The name of the stack, for messages.
    pub stack: &'a str,
    /// The template to deploy.
    pub template: &'a Value,
    /// The template that is deployed, where known.
    pub deployed: Option<&'a Value>,
    /// What the deployed stack has; secrets are masked, so only their presence counts.
    pub previous: &'a BTreeMap<String, String>,
    /// Whether all of it is kept.
    pub keeps_all: bool,
}

/// A given value wins. Otherwise a value that was given earlier is kept, and a value that was only the template's default
/// follows the template, also when it has no default any more.
pub fn parameters(
    known: Known<'_>,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, ParameterValue>, DeployError> {
    let empty = serde_json::Map::new();
    let declared = known.template["Parameters"].as_object().unwrap_or(&empty);
    if let Some(name) = given.keys().find(|name| !declared.contains_key(*name)) {
        return Err(DeployError::UnknownParameter {
            stack: known.stack.to_owned(),
            parameter: name.clone(),
            known: declared.keys().cloned().collect(),
        });
    }
    let mut values = BTreeMap::new();
    let (mut missing, mut hidden) = (Vec::new(), Vec::new());
    for (name, parameter) in declared {
        if let Some(value) = given.get(name) {
            values.insert(name.clone(), ParameterValue::Given(value.clone()));
            continue;
        }
        let default = default_of(parameter);
        match known.previous.get(name) {
            Some(previous) => match fate(known, name, previous, default.as_ref()) {
                Fate::Kept => drop(values.insert(name.clone(), ParameterValue::Previous)),
                Fate::FollowsTemplate if default.is_some() => {}
                Fate::FollowsTemplate => missing.push(name.clone()),
                Fate::Hidden => hidden.push(name.clone()),
            },
            None if default.is_none() => missing.push(name.clone()),
            None => {}
        }
    }
    let stack = known.stack.to_owned();
    match (missing.is_empty(), hidden.is_empty()) {
        (true, true) => Ok(values),
        (false, _) => Err(DeployError::MissingParameters { stack, parameters: missing }),
        (true, false) => Err(DeployError::HiddenParameters { stack, parameters: hidden }),
    }
}

/// The template with the values that a deployment gives it as defaults, so that what depends on them can be compared.
pub fn with_values(template: &Value, given: &BTreeMap<String, ParameterValue>, before: Option<&StackState>) -> Value {
    let value = |name: &str| match given.get(name)? {
        ParameterValue::Given(value) => Some(value.clone()),
        ParameterValue::Previous => before?.parameters.get(name).cloned(),
    };
    filled(template, value)
}

/// The deployed template with the values that its stack has.
pub fn with_previous_values(template: &Value, before: Option<&StackState>) -> Value {
    filled(template, |name| before?.parameters.get(name).cloned())
}

/// Secrets stay unknown.
fn filled(template: &Value, value: impl Fn(&str) -> Option<String>) -> Value {
    let mut filled = template.clone();
    let parameters = filled.get_mut("Parameters").and_then(Value::as_object_mut);
    for (name, parameter) in parameters.into_iter().flatten() {
        let value = value(name).filter(|_| !is_hidden(parameter));
        if let (Some(value), Some(parameter)) = (value, parameter.as_object_mut()) {
            parameter.insert("Default".to_owned(), Value::String(value));
        }
    }
    filled
}

/// What becomes of a value that the stack has.
enum Fate {
    Kept,
    FollowsTemplate,
    /// AWS does not show whether it was the default.
    Hidden,
}

fn fate(known: Known<'_>, name: &str, previous: &str, default: Option<&String>) -> Fate {
    let old = known.deployed.map(|template| &template["Parameters"][name]).filter(|_| !known.keeps_all);
    let Some((old, old_default)) = old.and_then(|old| Some((old, default_of(old)?))) else { return Fate::Kept };
    match is_hidden(old) {
        true if Some(&old_default) != default => Fate::Hidden,
        false if old_default == previous => Fate::FollowsTemplate,
        _ => Fate::Kept,
    }
}

fn default_of(parameter: &Value) -> Option<String> {
    match parameter.get("Default")? {
        Value::String(text) => Some(text.clone()),
        default @ (Value::Number(_) | Value::Bool(_)) => Some(default.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn parameters_are_given_kept_or_default() {
        let template = json!({"Parameters": {
            "Given": {"Type": "String"}, "Kept": {"Type": "String"},
            "Chosen": {"Type": "Number", "Default": 3}, "Follows": {"Type": "Number", "Default": 2},
            "New": {"Type": "String", "Default": "x"},
        }});
        let deployed = json!({"Parameters": {"Chosen": {"Default": 1}, "Follows": {"Default": 1}}});
        let previous = map(&[("Given", "old"), ("Kept", "****"), ("Chosen", "7"), ("Follows", "1"), ("Gone", "1")]);
        let known =
            Known { stack: "S", template: &template, deployed: Some(&deployed), previous: &previous, keeps_all: false };
        let values = parameters(known, &map(&[("Given", "new")])).unwrap();
        let expected = [
            ("Chosen", ParameterValue::Previous),
            ("Given", ParameterValue::Given("new".into())),
            ("Kept", ParameterValue::Previous),
        ];
        assert_eq!(values, expected.map(|(name, value)| (name.to_owned(), value)).into());
    }

    #[test]
    fn unknown_and_missing_ones_are_named() {
        let template = json!({"Parameters": {"A": {"Type": "String"}, "B": {"Type": "String"}}});
        let none = BTreeMap::new();
        let known = Known { stack: "S", template: &template, deployed: None, previous: &none, keeps_all: false };
        let unknown = parameters(known, &map(&[("C", "1")])).unwrap_err().to_string();
        assert!(unknown.contains("`C`") && unknown.contains("`A`, `B`"), "{unknown}");
        let missing = parameters(known, &map(&[("A", "1")])).unwrap_err().to_string();
        assert!(missing.contains("`B`") && !missing.contains("`A`"), "{missing}");
    }

    #[test]
    fn values_of_a_deployment_are_compared_but_secrets() {
        let template = json!({"Parameters": {
            "Given": {"Type": "String", "Default": "d"}, "Kept": {"Type": "String"}, "Default": {"Default": "x"},
            "Secret": {"Type": "String", "NoEcho": true},
        }});
        let given = [
            ("Given", ParameterValue::Given("new".into())),
            ("Kept", ParameterValue::Previous),
            ("Secret", ParameterValue::Given("s3cret".into())),
        ];
        let before = StackState { parameters: map(&[("Given", "old"), ("Kept", "kept")]), ..StackState::default() };
        let defaults = |template: &Value| {
            let parameters = template["Parameters"].as_object().unwrap().values();
            parameters.map(|it| it["Default"].as_str().unwrap_or("-").to_owned()).collect::<Vec<_>>()
        };
        let given = given.map(|(name, value)| (name.to_owned(), value)).into();
        assert_eq!(defaults(&with_values(&template, &given, Some(&before))), ["new", "kept", "x", "-"]);
        assert_eq!(defaults(&with_previous_values(&template, Some(&before))), ["old", "kept", "x", "-"]);
    }

    #[test]
    fn values_follow_their_defaults_or_it_has_to_be_decided() {
        // The old and the new declaration, the value that AWS shows, and what becomes of it.
        let cases = [
            (json!({"Default": "a"}), json!({"Default": "b"}), "a", "follows"),
            (json!({"Default": "a"}), json!({"Default": "b"}), "mine", "kept"),
            (json!({"Default": 1}), json!({"Default": "2"}), "1", "follows"),
            (json!({"Default": "a"}), json!({}), "a", "missing"),
            (json!({"Default": "a"}), json!({}), "mine", "kept"),
            (json!({}), json!({}), "mine", "kept"),
            (json!({}), json!({"Default": "b"}), "mine", "kept"),
            (json!({"NoEcho": true}), json!({"NoEcho": true}), "****", "kept"),
            (json!({"NoEcho": true}), json!({"NoEcho": true, "Default": "b"}), "****", "kept"),
            (json!({"NoEcho": true, "Default": "a"}), json!({"NoEcho": true, "Default": "a"}), "****", "kept"),
            (json!({"NoEcho": true, "Default": "a"}), json!({"NoEcho": true, "Default": "b"}), "****", "hidden"),
            (json!({"NoEcho": "true", "Default": "a"}), json!({"Default": "b"}), "****", "hidden"),
            (json!({"NoEcho": true, "Default": "a"}), json!({"NoEcho": true}), "****", "hidden"),
        ];
        for (old, new, previous, expected) in cases {
            let (deployed, template) = (json!({"Parameters": {"P": old}}), json!({"Parameters": {"P": new}}));
            let previous = map(&[("P", previous)]);
            let known = |keeps_all| Known {
                stack: "S",
                template: &template,
                deployed: Some(&deployed),
                previous: &previous,
                keeps_all,
            };
            let found = match parameters(known(false), &BTreeMap::new()) {
                Ok(values) if values.is_empty() => "follows",
                Ok(_) => "kept",
                Err(DeployError::MissingParameters { .. }) => "missing",
                Err(DeployError::HiddenParameters { .. }) => "hidden",
                Err(error) => panic!("{error}"),
            };
            assert_eq!(found, expected, "{deployed} {template}");
            let kept = parameters(known(true), &BTreeMap::new()).unwrap();
            assert_eq!(kept["P"], ParameterValue::Previous);
        }
    }
}
