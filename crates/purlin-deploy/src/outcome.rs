//! What deployments and deletions result in.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The result of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployed {
    /// The stack's ARN.
    pub stack_id: String,
    /// What was done.
    pub outcome: Outcome,
    /// The change set that waits to be executed, where it was only to be prepared.
    pub change_set: Option<String>,
    /// The stack's outputs.
    pub outputs: BTreeMap<String, Output>,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The stack is new.
    Created,
    /// The stack is changed.
    Updated,
    /// There was nothing to do.
    Unchanged,
    /// A change set is ready; nothing was executed.
    Prepared,
}

/// An output of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// A value that may be printed.
    Plain(String),
    /// A value that is not to be shown; it stays in AWS.
    Secret,
}

/// The result of a deletion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destroyed {
    /// There was no such stack.
    NotThere,
    /// It is gone; these of its resources stay.
    Gone {
        /// The resources that the template retains.
        retained: Vec<Retained>,
    },
}

/// A resource that outlives its stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retained {
    /// The resource in the template.
    pub logical_id: String,
    /// Such as `AWS::Cognito::UserPool`.
    pub resource_type: String,
    /// The resource in AWS.
    pub physical_id: String,
    /// Where it is.
    pub region: String,
}

impl Retained {
    /// The commands of the AWS CLI that delete it permanently; `None` where they need more than its id.
    pub fn removal(&self) -> Option<Vec<String>> {
        let commands: &[&str] = match self.resource_type.as_str() {
            "AWS::Cognito::UserPool" => &[
                "cognito-idp update-user-pool --deletion-protection INACTIVE --user-pool-id ID",
                "cognito-idp delete-user-pool --user-pool-id ID",
            ],
            "AWS::DynamoDB::Table" => &["dynamodb delete-table --table-name ID"],
            "AWS::ECR::Repository" => &["ecr delete-repository --force --repository-name ID"],
            "AWS::KMS::Key" => &["kms schedule-key-deletion --key-id ID"],
            "AWS::Logs::LogGroup" => &["logs delete-log-group --log-group-name ID"],
            "AWS::S3::Bucket" => &["s3 rb --force s3://ID"],
            "AWS::SecretsManager::Secret" => &["secretsmanager delete-secret --secret-id ID"],
            _ => return None,
        };
        let whole =
            |command: &&str| format!("aws {} --region {}", command.replace("ID", &self.physical_id), self.region);
        Some(commands.iter().map(whole).collect())
    }
}

/// `{"Stack": {"Key": "value"}}`. Secret outputs are left out: a file is soon committed.
pub fn outputs_json<'a>(deployed: impl IntoIterator<Item = (&'a str, &'a Deployed)>) -> Value {
    let plain = |outputs: &BTreeMap<String, Output>| {
        let values = outputs.iter().filter_map(|(key, output)| match output {
            Output::Plain(value) => Some((key.clone(), Value::String(value.clone()))),
            Output::Secret => None,
        });
        Value::Object(values.collect())
    };
    let stacks: Map<String, Value> =
        deployed.into_iter().map(|(name, deployed)| (name.to_owned(), plain(&deployed.outputs))).collect();
    Value::Object(stacks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outputs_file_has_the_format_of_the_cdk_and_no_secrets() {
        let outputs = [("Url".to_owned(), Output::Plain("https://x".into())), ("Key".to_owned(), Output::Secret)];
        let deployed =
            Deployed { stack_id: "1".into(), outcome: Outcome::Created, change_set: None, outputs: outputs.into() };
        assert_eq!(outputs_json([("Web", &deployed)]).to_string(), r#"{"Web":{"Url":"https://x"}}"#);
    }
}
