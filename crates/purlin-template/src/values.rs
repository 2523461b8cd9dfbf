//! Evaluates values of a template that are known before the deployment.

use std::collections::BTreeMap;

use serde_json::Value;

/// The parameters, pseudo parameters, mappings and conditions of a template.
#[derive(Debug)]
pub struct Values<'a> {
    template: &'a Value,
    named: BTreeMap<String, String>,
}

/// The parameters with known values: the given value, else the stack's, else the default. AWS masks the stack's `NoEcho`
/// values, so these are unknown.
pub fn known_parameters(
    template: &Value,
    given: &BTreeMap<String, String>,
    previous: &BTreeMap<String, String>,
    deployed: &Value,
) -> BTreeMap<String, String> {
    let declared = template["Parameters"].as_object().into_iter().flatten();
    let known = declared.filter_map(|(name, parameter)| {
        let kind = parameter["Type"].as_str().unwrap_or_default();
        if is_hidden(parameter) || kind.starts_with("AWS::SSM::Parameter::Value") {
            return None;
        }
        let default = parameter.get("Default").and_then(scalar);
        let was_default = deployed["Parameters"][name].get("Default").and_then(scalar);
        // A value that was the old default becomes the new default.
        let kept = previous.get(name).filter(|kept| default.is_none() || was_default.as_ref() != Some(kept));
        let value = given.get(name).or(kept).cloned().or(default)?;
        Some((name.clone(), value))
    });
    known.collect()
}

/// Whether a parameter has `NoEcho`: AWS masks its value.
pub fn is_hidden(parameter: &Value) -> bool {
    let is_set = &parameter["NoEcho"];
    is_set.as_bool() == Some(true) || is_set.as_str().is_some_and(|it| it.eq_ignore_ascii_case("true"))
}

impl<'a> Values<'a> {
    /// A template with the values of its parameters and pseudo parameters that are known.
    pub fn new(template: &'a Value, named: BTreeMap<String, String>) -> Self {
        Self { template, named }
    }

    /// A value as text; `None` if it is known only during the deployment.
    pub fn text(&self, value: &Value) -> Option<String> {
        let Value::Object(map) = value else { return scalar(value) };
        let (name, argument) = map.iter().next().filter(|_| map.len() == 1)?;
        match name.as_str() {
            "Ref" => self.named.get(argument.as_str()?).cloned(),
            "Fn::Sub" => self.sub(argument),
            "Fn::Join" => {
                let [separator, parts] = argument.as_array()?.as_slice() else { return None };
                let parts: Option<Vec<_>> = parts.as_array()?.iter().map(|part| self.text(part)).collect();
                Some(parts?.join(separator.as_str()?))
            }
            "Fn::FindInMap" => {
                let keys = argument.as_array()?.iter().take(3);
                let keys: Option<Vec<_>> = keys.map(|key| self.text(key)).collect();
                scalar(keys?.iter().fold(&self.template["Mappings"], |value, key| &value[key.as_str()]))
            }
            "Fn::If" => self.text(self.chosen(value)?),
            _ => None,
        }
    }

    /// The known items of a list.
    pub fn list<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        match self.chosen(value) {
            Some(Value::Array(items)) => {
                items.iter().filter_map(|item| self.chosen(item)).filter(|item| !item.is_null()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The branch that `Fn::If` selects, if the condition is known; without `Fn::If` the value itself.
    pub fn chosen<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        if value["Ref"] == "AWS::NoValue" {
            return Some(&Value::Null);
        }
        let Some(choice) = value.get("Fn::If") else { return Some(value) };
        let [condition, yes, no] = choice.as_array()?.as_slice() else { return None };
        let branch = if self.condition(condition.as_str()?)? { yes } else { no };
        self.chosen(branch)
    }

    /// Resources of some types, without those whose condition is false.
    pub fn resources(&self, kinds: &[&str]) -> Vec<(&'a str, &'a Value)> {
        let all = self.template["Resources"].as_object().into_iter().flatten();
        let wanted = all.filter(|(_, resource)| {
            let condition = resource["Condition"].as_str();
            resource["Type"].as_str().is_some_and(|kind| kinds.contains(&kind))
                && condition.and_then(|name| self.condition(name)) != Some(false)
        });
        wanted.map(|(id, resource)| (id.as_str(), &resource["Properties"])).collect()
    }

    /// The outputs that are exported: id and name.
    pub fn exports(&self) -> Vec<(&'a str, String)> {
        let outputs = self.template["Outputs"].as_object().into_iter().flatten();
        let exported = outputs.filter_map(|(id, output)| {
            let condition = output["Condition"].as_str();
            let exists = condition.and_then(|name| self.condition(name)) != Some(false);
            let name = self.text(output.get("Export")?.get("Name")?).filter(|_| exists)?;
            Some((id.as_str(), name))
        });
        exported.collect()
    }

    /// Whether a condition is true, if that is known.
    pub fn condition(&self, name: &str) -> Option<bool> {
        self.holds(self.template["Conditions"].get(name)?, 0)
    }

    /// Evaluates a condition. The limit of the depth ends a circle of conditions.
    fn holds(&self, condition: &Value, depth: u8) -> Option<bool> {
        let (name, argument) = condition.as_object().filter(|_| depth < 32)?.iter().next()?;
        let list = argument.as_array();
        let each = || list.into_iter().flatten().map(|item| self.holds(item, depth + 1));
        match name.as_str() {
            "Condition" => self.holds(self.template["Conditions"].get(argument.as_str()?)?, depth + 1),
            "Fn::Equals" => {
                let [one, other] = list?.as_slice() else { return None };
                Some(one == other || self.text(one)? == self.text(other)?)
            }
            "Fn::Not" => each().next()?.map(|it| !it),
            "Fn::And" if each().any(|it| it == Some(false)) => Some(false),
            "Fn::And" => each().all(|it| it == Some(true)).then_some(true),
            "Fn::Or" if each().any(|it| it == Some(true)) => Some(true),
            "Fn::Or" => each().all(|it| it == Some(false)).then_some(false),
            _ => None,
        }
    }

    fn sub(&self, argument: &Value) -> Option<String> {
        let (template, values) = match argument {
            Value::String(template) => (template.as_str(), &Value::Null),
            other => match other.as_array()?.as_slice() {
                [template, values] => (template.as_str()?, values),
                _ => return None,
            },
        };
        let mut text = String::new();
        let mut rest = template;
        while let Some((before, hole)) = rest.split_once("${") {
            let (name, after) = hole.split_once('}')?;
            text.push_str(before);
            match name.strip_prefix('!') {
                Some(literal) => text.extend(["${", literal, "}"]),
                None => text.push_str(&match values.get(name) {
                    Some(value) => self.text(value)?,
                    None => self.named.get(name)?.clone(),
                }),
            }
            rest = after;
        }
        text.push_str(rest);
        Some(text)
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
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
    fn known_values_are_evaluated() {
        let template = json!({
            "Mappings": {"Zones": {"eu-west-1": {"id": "Z1"}}},
            "Conditions": {
                "IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
                "IsTest": {"Fn::Not": [{"Condition": "IsProd"}]},
                "Either": {"Fn::Or": [{"Condition": "IsProd"}, {"Fn::Equals": [{"Ref": "Unknown"}, "x"]}]},
                "Both": {"Fn::And": [{"Condition": "IsProd"}, {"Fn::Equals": [{"Ref": "Unknown"}, "x"]}]},
                "Circle": {"Condition": "Circle"},
            },
        });
        let (account, region, stack) =
            (("AWS::AccountId", "111122223333"), ("AWS::Region", "eu-west-1"), ("AWS::StackName", "Web"));
        let values = Values::new(&template, map(&[("Stage", "prod"), account, region, stack]));
        let cases = [
            (json!("x"), Some("x")),
            (json!(3), Some("3")),
            (json!({"Ref": "AWS::Region"}), Some("eu-west-1")),
            (json!({"Ref": "Bucket"}), None),
            (json!({"Fn::Sub": "${Stage}-${AWS::AccountId}-${!x}"}), Some("prod-111122223333-${x}")),
            (json!({"Fn::Sub": ["${A}.${Stage}", {"A": {"Ref": "AWS::StackName"}}]}), Some("Web.prod")),
            (json!({"Fn::Sub": "${Bucket.Arn}"}), None),
            (json!({"Fn::Join": [".", ["a", {"Ref": "Stage"}]]}), Some("a.prod")),
            (json!({"Fn::Join": [".", [{"Fn::GetAtt": ["A", "B"]}]]}), None),
            (json!({"Fn::FindInMap": ["Zones", {"Ref": "AWS::Region"}, "id"]}), Some("Z1")),
            (json!({"Fn::If": ["IsProd", "yes", "no"]}), Some("yes")),
            (json!({"Fn::If": ["IsTest", "yes", "no"]}), Some("no")),
            (json!({"Fn::If": ["Either", "yes", "no"]}), Some("yes")),
            (json!({"Fn::If": ["Both", "yes", "no"]}), None),
            (json!({"Fn::If": ["Circle", "yes", "no"]}), None),
        ];
        for (value, expected) in cases {
            assert_eq!(values.text(&value).as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn parameters_are_given_kept_or_the_default() {
        let template = json!({"Parameters": {
            "Given": {"Type": "String"}, "Kept": {"Type": "String", "Default": "d"}, "Follows": {"Type": "String", "Default": "new"},
            "Hidden": {"Type": "String", "NoEcho": true}, "Ami": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/ami"},
            "Missing": {"Type": "String"},
        }});
        let deployed = json!({"Parameters": {"Follows": {"Default": "old"}, "Kept": {"Default": "d"}}});
        let previous = map(&[("Kept", "k"), ("Follows", "old"), ("Hidden", "****"), ("Ami", "ami-1")]);
        let known = known_parameters(&template, &map(&[("Given", "g")]), &previous, &deployed);
        assert_eq!(known, map(&[("Given", "g"), ("Kept", "k"), ("Follows", "new")]));
    }

    #[test]
    fn a_hidden_parameter_is_known_however_it_is_written() {
        for (written, expected) in [
            (json!(true), true),
            (json!("true"), true),
            (json!("True"), true),
            (json!(false), false),
            (json!("false"), false),
            (json!(null), false),
        ] {
            assert_eq!(is_hidden(&json!({"Type": "String", "NoEcho": written})), expected, "{written}");
        }
        assert!(!is_hidden(&json!({"Type": "String"})));
    }
}
