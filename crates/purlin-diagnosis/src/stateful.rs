//! The changes that delete data for good. The types are data, in `stateful.yaml`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

use crate::model::{Action, Change, Replacement};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stateful {
    types: BTreeSet<String>,
    handlers: Vec<Handler>,
}

/// A type of custom resources whose handler deletes data.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Handler {
    #[serde(rename = "type")]
    kind: String,
    of: String,
    #[serde(default)]
    when: BTreeMap<String, String>,
    #[serde(default)]
    unless: BTreeMap<String, String>,
    tag: Option<String>,
}

static STATEFUL: LazyLock<Stateful> = LazyLock::new(|| {
    let table = purlin_template::load(include_str!("stateful.yaml")).expect("the table is YAML");
    serde_json::from_value(table.to_json()).expect("the table has types and handlers")
});

/// The changes that delete or replace a resource with data, without a policy that retains the old one. The templates are
/// the deployed one and the one to deploy; what they do not show counts as lost.
pub fn data_losses<'a>(changes: &'a [Change], deployed: &Value, template: &Value) -> Vec<&'a Change> {
    let is_deleted = |change: &Change| change.action == Action::Remove || change.replacement == Replacement::Yes;
    let deleted = changes.iter().filter(|change| is_deleted(change) && !change.keeps_old);
    deleted.filter(|it| loses_data(&it.logical_id, &it.resource_type, deployed, template)).collect()
}

/// Whether the removal of a resource deletes data.
pub(crate) fn loses_data(id: &str, kind: &str, deployed: &Value, template: &Value) -> bool {
    let handler = STATEFUL.handlers.iter().find(|handler| handler.kind == kind);
    STATEFUL.types.contains(kind) || handler.is_some_and(|it| it.deletes(id, deployed, template))
}

impl Handler {
    fn deletes(&self, id: &str, deployed: &Value, template: &Value) -> bool {
        let Some(properties) = deployed["Resources"][id].get("Properties") else { return true };
        let is = |(name, word): (&String, &String)| match &properties[name.as_str()] {
            Value::String(text) => Some(text.eq_ignore_ascii_case(word)),
            Value::Bool(flag) => Some(flag.to_string() == *word),
            Value::Null => Some(false),
            _ => None,
        };
        self.when.iter().all(|it| is(it).unwrap_or(true))
            && !self.unless.iter().any(|it| is(it).unwrap_or(false))
            && !self.has_successor(properties, deployed, template)
            && !self.is_called_off(properties, template)
    }

    /// Whether a new resource takes over the same data, as after a rename.
    fn has_successor(&self, properties: &Value, deployed: &Value, template: &Value) -> bool {
        let resources = template["Resources"].as_object().into_iter().flatten();
        let mut new = resources.filter(|(id, _)| deployed["Resources"][*id].is_null());
        let of = &properties[self.of.as_str()];
        new.any(|(_, it)| it["Type"] == *self.kind && it["Properties"][self.of.as_str()] == *of)
    }

    /// Whether the tag that the handler looks for goes before it.
    fn is_called_off(&self, properties: &Value, template: &Value) -> bool {
        let Some(tag) = &self.tag else { return false };
        let of = &properties[self.of.as_str()];
        let id = of["Ref"].as_str().or_else(|| of["Fn::GetAtt"][0].as_str()).unwrap_or_default();
        let keeper = &template["Resources"][id];
        let tags = keeper["Properties"]["Tags"].as_array();
        !keeper.is_null() && !tags.into_iter().flatten().any(|it| it["Key"] == **tag)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_deleted_and_replaced_resources_with_data_count() {
        let change = |kind: &str, action: Action, replacement: Replacement, keeps_old: bool| Change {
            resource_type: kind.into(),
            action,
            replacement,
            keeps_old,
            ..Change::default()
        };
        let cases = [
            (change("AWS::Cognito::UserPool", Action::Remove, Replacement::No, false), true),
            (change("AWS::Cognito::UserPool", Action::Remove, Replacement::No, true), false),
            (change("AWS::Cognito::UserPoolUser", Action::Remove, Replacement::No, false), true),
            (change("AWS::Cognito::UserPoolUser", Action::Modify, Replacement::Yes, false), true),
            (change("AWS::Cognito::UserPoolGroup", Action::Remove, Replacement::No, false), true),
            (change("AWS::Cognito::UserPoolUserToGroupAttachment", Action::Remove, Replacement::No, false), false),
            (change("AWS::S3::Bucket", Action::Modify, Replacement::Yes, false), true),
            (change("AWS::S3::Bucket", Action::Modify, Replacement::Maybe, false), false),
            (change("AWS::S3::Bucket", Action::Add, Replacement::No, false), false),
            (change("AWS::SQS::QueuePolicy", Action::Remove, Replacement::No, false), false),
            (change("Custom::S3AutoDeleteObjects", Action::Remove, Replacement::No, false), true),
            (change("Custom::Seed", Action::Remove, Replacement::No, false), false),
        ];
        for (change, expected) in cases {
            let lost = data_losses(std::slice::from_ref(&change), &Value::Null, &Value::Null);
            assert_eq!(!lost.is_empty(), expected, "{change:?}");
        }
    }

    #[test]
    fn custom_resources_lose_data_where_their_handler_deletes_it() {
        let with = |id: &str, kind: &str, properties: &Value| json!({"Resources": {id: {"Type": kind, "Properties": properties}}});
        let none = json!({"Resources": {}});
        let bucket =
            |tags: Value| json!({"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"Tags": tags}}}});
        let tag = json!([{"Key": "aws-cdk:auto-delete-objects", "Value": "true"}]);
        let other = json!([{"Key": "team", "Value": "web"}]);
        let purlin = json!({"Bucket": {"Ref": "B"}, "OnDelete": "empty"});
        let renamed = with("New", "Custom::PurlinBucketDeployment", &purlin);
        let elsewhere = with("New", "Custom::PurlinBucketDeployment", &json!({"Bucket": {"Ref": "C"}}));
        let cases = [
            ("Custom::CDKBucketDeployment", json!({"RetainOnDelete": "false"}), none.clone(), true),
            ("Custom::CDKBucketDeployment", json!({"RetainOnDelete": false}), none.clone(), true),
            ("Custom::CDKBucketDeployment", json!({"RetainOnDelete": {"Ref": "P"}}), none.clone(), true),
            ("Custom::CDKBucketDeployment", json!({"RetainOnDelete": true}), none.clone(), false),
            ("Custom::CDKBucketDeployment", json!({}), none.clone(), false),
            ("Custom::PurlinBucketDeployment", purlin.clone(), none.clone(), true),
            ("Custom::PurlinBucketDeployment", purlin.clone(), renamed, false),
            ("Custom::PurlinBucketDeployment", purlin, elsewhere, true),
            ("Custom::PurlinBucketDeployment", json!({"OnDelete": "retain"}), none.clone(), false),
            ("Custom::PurlinBucketDeployment", json!({"Retain": "true"}), none.clone(), false),
            ("Custom::LogRetention", json!({"RemovalPolicy": "destroy"}), none.clone(), true),
            ("Custom::LogRetention", json!({}), none.clone(), false),
            ("Custom::DynamoDBReplica", json!({}), none.clone(), true),
            ("Custom::ECRAutoDeleteImages", json!({"RepositoryName": {"Ref": "R"}}), none.clone(), true),
            ("Custom::S3AutoDeleteObjects", json!({"BucketName": {"Ref": "B"}}), none.clone(), true),
            ("Custom::S3AutoDeleteObjects", json!({"BucketName": {"Ref": "B"}}), bucket(tag), true),
            ("Custom::S3AutoDeleteObjects", json!({"BucketName": {"Ref": "B"}}), bucket(other), false),
            ("Custom::Anything", json!({"RetainOnDelete": "false"}), none, false),
        ];
        for (kind, properties, template, expected) in cases {
            assert_eq!(
                loses_data("It", kind, &with("It", kind, &properties), &template),
                expected,
                "{kind} {properties}"
            );
        }
    }

    #[test]
    fn every_type_is_in_the_schemas() {
        for kind in &STATEFUL.types {
            assert!(purlin_template::ResourceType::find(kind).is_some(), "{kind}");
        }
    }
}
