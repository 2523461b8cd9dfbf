//! Requests to the emulator's services, each in its own protocol. Independent of templates and of the toolkit's SDK code.

use std::collections::BTreeMap;

use roxmltree::{Document, Node};
use serde_json::{Map, Value};

use super::http::{Answer, form, send};
use super::signed::{self, Key};

/// The region of the tests, which is not the default region.
pub const REGION: &str = "eu-west-1";

/// The services of an emulator.
#[derive(Debug, Clone, Copy)]
pub struct Aws {
    /// Its port.
    pub port: u16,
    /// The key of its owner.
    pub key: &'static Key,
}

impl Aws {
    /// Elastic Load Balancing.
    pub fn elbv2(self, action: &str, fields: &[(&str, &str)]) -> Value {
        self.query("elasticloadbalancing", "2015-12-01", action, fields)[format!("{action}Result")].clone()
    }

    /// EC2.
    pub fn ec2(self, action: &str, fields: &[(&str, &str)]) -> Value {
        self.query("ec2", "2016-11-15", action, fields)
    }

    /// CloudFormation.
    pub fn cloudformation(self, action: &str, fields: &[(&str, &str)]) -> Value {
        self.query("cloudformation", "2010-05-15", action, fields)[format!("{action}Result")].clone()
    }

    /// IAM.
    pub fn iam(self, action: &str, fields: &[(&str, &str)]) -> Value {
        self.query("iam", "2010-05-08", action, fields)[format!("{action}Result")].clone()
    }

    /// Lambda, with a request of its own.
    pub fn lambda(self, method: &str, path: &str, body: &str) -> String {
        self.ask("lambda", method, path, &[("Content-Type", "application/json")], body).body
    }

    /// The functions.
    pub fn functions(self) -> Value {
        let found: Value = serde_json::from_str(&self.lambda("GET", "/2015-03-31/functions", "")).expect("it is JSON");
        found["Functions"].clone()
    }

    /// Creates a bucket.
    pub fn create_bucket(self, name: &str) {
        let place = format!(
            "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>{REGION}\
             </LocationConstraint></CreateBucketConfiguration>"
        );
        self.ask("s3", "PUT", &format!("/{name}"), &[], &place);
    }

    /// Cognito user pools.
    pub fn cognito(self, action: &str, input: &Value) -> Value {
        self.json("cognito-idp", "AWSCognitoIdentityProviderService", action, input)
    }

    /// Secrets Manager.
    pub fn secrets(self, action: &str, input: &Value) -> Value {
        self.json("secretsmanager", "secretsmanager", action, input)
    }

    /// The answer of a Lambda function to an empty event.
    pub fn invoke(self, function: &str) -> String {
        let path = format!("/2015-03-31/functions/{function}/invocations");
        let answer = self.ask("lambda", "POST", &path, &[("Content-Type", "application/json")], "{}");
        assert!(answer.header("x-amz-function-error").is_none(), "{function}: {}", answer.body);
        answer.body
    }

    /// The keys of APIs, with their values.
    pub fn api_keys(self) -> Value {
        let answer = self.ask("apigateway", "GET", "/apikeys?includeValues=true", &[], "");
        let keys: Value = serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {}", answer.body));
        keys["item"].clone()
    }

    /// The outputs of a deployed stack, by their names.
    pub fn outputs(self, stack: &str) -> BTreeMap<String, String> {
        let found = self.cloudformation("DescribeStacks", &[("StackName", stack)]);
        let outputs = list(&only(&found["Stacks"])["Outputs"]).iter();
        outputs.map(|it| (text(&it["OutputKey"]).to_owned(), text(&it["OutputValue"]).to_owned())).collect()
    }

    /// ECS.
    pub fn ecs(self, action: &str, input: &Value) -> Value {
        self.json("ecs", "AmazonEC2ContainerServiceV20141113", action, input)
    }

    /// Certificate Manager.
    pub fn acm(self, action: &str, input: &Value) -> Value {
        self.json("acm", "CertificateManager", action, input)
    }

    /// The value of a key of API Gateway, by its id.
    pub fn api_key(self, id: &str) -> String {
        let answer = self.ask("apigateway", "GET", &format!("/apikeys/{id}?includeValue=true"), &[], "");
        let key: Value = serde_json::from_str(&answer.body).expect("API Gateway answers with JSON");
        text(&key["value"]).to_owned()
    }

    /// Route 53's records of a zone.
    pub fn records(self, zone: &str) -> Value {
        let path = format!("/2013-04-01/hostedzone/{zone}/rrset");
        let answer = self.ask("route53", "GET", &path, &[], "");
        read_xml(&answer.body)["ResourceRecordSets"].clone()
    }

    /// The status that S3 answers with when it is asked for an object.
    pub fn object(self, bucket: &str, key: &str) -> u16 {
        self.answer("s3", "GET", &format!("/{bucket}/{key}"), &[], "").status
    }

    fn query(self, service: &str, version: &str, action: &str, fields: &[(&str, &str)]) -> Value {
        let common = [("Action", action), ("Version", version)];
        let body = form(common.iter().chain(fields).copied());
        read_xml(&self.ask(service, "POST", "/", &[("Content-Type", "application/x-www-form-urlencoded")], &body).body)
    }

    fn json(self, service: &str, prefix: &str, action: &str, input: &Value) -> Value {
        let target = format!("{prefix}.{action}");
        let headers = [("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", target.as_str())];
        let answer = self.ask(service, "POST", "/", &headers, &input.to_string());
        serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{action}: {error}: {}", answer.body))
    }

    fn ask(self, service: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let answer = self.answer(service, method, path, headers, body);
        assert!(answer.status < 300, "{service} {path} {headers:?} {body}: {} {}", answer.status, answer.body);
        answer
    }

    fn answer(self, service: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let host = format!("127.0.0.1:{}", self.port);
        let signed = signed::headers(self.key, (REGION, service), method, &host, path, body);
        let mut all = vec![("Host", host.as_str())];
        all.extend(signed.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        all.extend(headers);
        send(self.port, method, path, &all, body)
    }
}

/// The members of a list; an empty one is an empty element in XML.
#[track_caller]
pub fn list(value: &Value) -> &[Value] {
    match value {
        Value::Array(members) => members,
        Value::String(text) if text.trim().is_empty() => &[],
        other => panic!("not a list: {other}"),
    }
}

/// The only member of a list.
#[track_caller]
pub fn only(value: &Value) -> &Value {
    let members = list(value);
    assert_eq!(members.len(), 1, "{members:#?}");
    &members[0]
}

/// Text that must be present.
#[track_caller]
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}"))
}

fn read_xml(xml: &str) -> Value {
    let document = Document::parse(xml).unwrap_or_else(|error| panic!("{error}: {xml}"));
    value(document.root_element())
}

/// AWS's XML as JSON. An element whose children are `member`, `item`, or its own singular is a list.
fn value(node: Node<'_, '_>) -> Value {
    let children: Vec<_> = node.children().filter(Node::is_element).collect();
    if children.is_empty() {
        return Value::String(node.text().unwrap_or_default().to_owned());
    }
    let singular = node.tag_name().name().trim_end_matches('s');
    if children.iter().all(|child| ["member", "item", singular].contains(&child.tag_name().name())) {
        return children.into_iter().map(value).collect();
    }
    let pairs = children.into_iter().map(|child| (child.tag_name().name().to_owned(), value(child)));
    Value::Object(pairs.collect::<Map<_, _>>())
}
