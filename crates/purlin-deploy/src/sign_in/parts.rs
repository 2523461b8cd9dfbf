//! Lists the resources of a stack and its nested stacks, with their properties from the templates.

use std::collections::BTreeMap;

use purlin_diagnosis::{Status, stack_name};
use purlin_template::{Values, known_parameters};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::DeployError;
use crate::preflight::values::values_in;
use crate::session::Session;

/// An existing resource of a stack.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Part {
    /// The logical id.
    pub logical_id: String,
    /// The physical id.
    pub physical_id: String,
    /// Such as `AWS::Cognito::UserPool`.
    pub resource_type: String,
    /// The construct path, if the template has it.
    pub path: Option<String>,
    /// The name of its stack.
    pub stack: String,
    /// Its properties, with references resolved; unknown values are `null`.
    pub properties: Value,
}

impl Part {
    /// The name in messages: the construct path without the stack, else the logical id.
    pub fn name(&self) -> &str {
        let inner = self.path.as_deref().and_then(|path| path.split_once('/')).map(|(_, inner)| inner);
        inner.map_or(&self.logical_id, |inner| inner.strip_suffix("/Resource").unwrap_or(inner))
    }
}

impl Session {
    /// The resources of a stack and its nested stacks.
    ///
    /// # Errors
    /// [`DeployError::NoSuchStack`], or an error of AWS.
    pub async fn parts(&self, stack: &str) -> Result<Vec<Part>, DeployError> {
        let cloud = self.cloudformation();
        let mut found = Vec::new();
        let mut open = vec![self.state(stack).await?];
        while let Some(state) = open.pop() {
            let resources = cloud.resources(&state.id).await?;
            let template = cloud.deployed_template(&state.id).await.unwrap_or_default();
            let mut known = known_parameters(&template, &BTreeMap::new(), &state.parameters, &template);
            let created = resources.iter().filter_map(|it| Some((it.logical_id.clone(), it.physical_id.clone()?)));
            known.extend(created);
            let name = stack_name(&state.id);
            let values = values_in(self.target(), &template, name, known);
            for it in resources.into_iter().filter(|it| it.status != Status::DeleteComplete) {
                let Some(physical_id) = it.physical_id else { continue };
                if it.resource_type == "AWS::CloudFormation::Stack" {
                    open.extend(cloud.stack(&physical_id).await?);
                    continue;
                }
                let described = &template["Resources"][&it.logical_id];
                found.push(Part {
                    path: described["Metadata"]["aws:cdk:path"].as_str().map(str::to_owned),
                    properties: filled(&described["Properties"], &values),
                    stack: name.to_owned(),
                    logical_id: it.logical_id,
                    resource_type: it.resource_type,
                    physical_id,
                });
            }
        }
        Ok(found)
    }
}

/// A value with known references resolved.
fn filled(value: &Value, values: &Values<'_>) -> Value {
    match values.chosen(value) {
        None => Value::Null,
        Some(Value::Array(items)) => Value::Array(items.iter().map(|item| filled(item, values)).collect()),
        Some(Value::Object(map)) if is_function(map) => {
            values.text(&Value::Object(map.clone())).map_or(Value::Null, Value::String)
        }
        Some(Value::Object(map)) => {
            Value::Object(map.iter().map(|(name, inner)| (name.clone(), filled(inner, values))).collect())
        }
        Some(plain) => plain.clone(),
    }
}

/// Whether the object is an intrinsic function.
fn is_function(map: &Map<String, Value>) -> bool {
    map.len() == 1 && map.keys().all(|name| name == "Ref" || name.starts_with("Fn::"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::target::Target;

    #[test]
    fn known_references_are_resolved_and_others_are_null() {
        let template = json!({});
        let target = Target { account: "1".into(), region: "eu-west-1".into(), partition: "aws".into() };
        let known = BTreeMap::from([("Server".to_owned(), "mydomain.com".to_owned())]);
        let values = values_in(&target, &template, "M2mApi", known);
        let given = json!({
            "Scopes": [{"Fn::Join": ["", [{"Ref": "Server"}, "/API_ACCESS"]]}, "plain"],
            "Pool": {"Fn::GetAtt": ["Users", "Arn"]},
            "Deep": {"Region": {"Ref": "AWS::Region"}, "Size": 3, "Left": {"Ref": "AWS::NoValue"}},
        });
        let expected = json!({
            "Scopes": ["mydomain.com/API_ACCESS", "plain"],
            "Pool": null,
            "Deep": {"Region": "eu-west-1", "Size": 3, "Left": null},
        });
        assert_eq!(filled(&given, &values), expected);
    }

    #[test]
    fn the_name_of_a_resource_is_its_construct_path() {
        let named = |path: Option<&str>| Part {
            logical_id: "UsersE4B1".into(),
            path: path.map(str::to_owned),
            ..Part::default()
        };
        let cases = [(Some("Web/Users/Resource"), "Users"), (Some("Web/Users/App"), "Users/App"), (None, "UsersE4B1")];
        for (path, expected) in cases {
            assert_eq!(named(path).name(), expected);
        }
    }
}
