//! The role that lets stacks of other accounts read the outputs of a stack, as the CDK writes it.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use crate::logical_id::{logical_id, unique_name};
use crate::node_id::NodeId;
use crate::tree::Tree;

const ROLE: [&str; 2] = ["Publish", "GetStackOutputRole"];
const POLICY: [&str; 2] = ["Publish", "GetStackOutputPolicy"];

/// The role of the bootstrap stack with which CloudFormation deploys a stack that reads outputs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reader(String);

impl Reader {
    pub fn of(tree: &Tree, consumer: NodeId) -> Option<Self> {
        let stack = tree.stack_data(consumer);
        let (account, region) = (stack.environment.account.as_ref()?, stack.environment.region.as_ref()?);
        let role = format!("cdk-{}-cfn-exec-role-{account}-{region}", stack.qualifier);
        Some(Self(format!("arn:${{AWS::Partition}}:iam::{account}:role/{role}")))
    }
}

fn name(tree: &Tree, producer: NodeId, ids: [&str; 2], max: usize) -> String {
    unique_name(&[tree.path_ids(producer), ids.to_vec()].concat(), "", max)
}

/// The role's ARN, in a template of another account.
pub(super) fn role_arn(tree: &Tree, producer: NodeId) -> Json {
    let account = tree.stack_data(producer).environment.account.as_deref().unwrap_or_default();
    let rest = format!(":iam::{account}:role/{}", name(tree, producer, ROLE, 64));
    json!({"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, rest]]})
}

/// The role and its policy, by logical id.
pub(super) fn resources(tree: &Tree, producer: NodeId, readers: &BTreeSet<Reader>) -> Vec<(String, Json)> {
    if readers.is_empty() {
        return Vec::new();
    }
    let stack = tree.stack_data(producer);
    let environment = &stack.environment;
    let (region, account) = (environment.region.as_deref(), environment.account.as_deref());
    let place = format!(":cloudformation:{}:{}:", region.unwrap_or_default(), account.unwrap_or_default());
    let outputs =
        json!({"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, format!("{place}stack/{}/*", stack.name)]]});
    let mut readers = readers.iter().map(|Reader(arn)| json!({"Fn::Sub": arn}));
    let principal = if readers.len() == 1 { readers.next() } else { Some(readers.collect()) };
    let id = |ids: [&str; 2]| logical_id(&ids).unwrap_or_default();
    let resource = |kind: &str, ids: [&str; 2], properties: Json| {
        let path = format!("{}/{}", tree.path(producer), ids.join("/"));
        let entries = [("Type", json!(kind)), ("Properties", properties), ("Metadata", json!({"aws:cdk:path": path}))];
        (id(ids), Json::Object(Map::from_iter(entries.map(|(key, value)| (key.to_owned(), value)))))
    };
    let trust = json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": ["sts:AssumeRole"]});
    let read = json!({"Effect": "Allow", "Action": "cloudformation:DescribeStacks", "Resource": outputs});
    let document = |statement: Json| json!({"Version": "2012-10-17", "Statement": [statement]});
    let role = json!({"AssumeRolePolicyDocument": document(trust), "RoleName": name(tree, producer, ROLE, 64)});
    let policy = json!({
        "PolicyName": name(tree, producer, POLICY, 128), "PolicyDocument": document(read), "Roles": [{"Ref": id(ROLE)}]
    });
    vec![resource("AWS::IAM::Role", ROLE, role), resource("AWS::IAM::Policy", POLICY, policy)]
}
