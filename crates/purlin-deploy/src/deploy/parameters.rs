//! Which parameter values a change set is created with.

use std::collections::BTreeMap;

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
}

/// A given value wins. Otherwise a value that was given earlier is kept, and a value that was
/// only the template's default follows the template.
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
    let mut missing = Vec::new();
    for (name, parameter) in declared {
        let default = parameter.get("Default");
        if let Some(value) = given.get(name) {
            values.insert(name.clone(), ParameterValue::Given(value.clone()));
        } else if let Some(previous) = known.previous.get(name) {
            if default.is_none() || !follows_the_default(known.deployed, name, previous) {
                values.insert(name.clone(), ParameterValue::Previous);
            }
        } else if default.is_none() {
            missing.push(name.clone());
        }
    }
    if missing.is_empty() {
        return Ok(values);
    }
    Err(DeployError::MissingParameters { stack: known.stack.to_owned(), parameters: missing })
}

fn follows_the_default(deployed: Option<&Value>, name: &str, previous: &str) -> bool {
    match deployed.and_then(|template| template["Parameters"][name].get("Default")) {
        Some(Value::String(default)) => default == previous,
        Some(default @ (Value::Number(_) | Value::Bool(_))) => format!("{default}") == previous,
        _ => false,
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
        let known = Known { stack: "S", template: &template, deployed: Some(&deployed), previous: &previous };
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
        let known = Known { stack: "S", template: &template, deployed: None, previous: &none };
        let unknown = parameters(known, &map(&[("C", "1")])).unwrap_err().to_string();
        assert!(unknown.contains("`C`") && unknown.contains("`A`, `B`"), "{unknown}");
        let missing = parameters(known, &map(&[("A", "1")])).unwrap_err().to_string();
        assert!(missing.contains("`B`") && !missing.contains("`A`"), "{missing}");
    }
}
