//! Puts secrets into every part of the evidence and searches the written files for them.

use std::fs;

use serde_json::json;

use super::*;
use crate::diagnosis::diagnose_with;
use crate::model::ChangeDetail;

/// None of these may be in a written file.
const PLANTED: &[&str] = &[
    "Given-by-NoEcho-1",
    "Default-of-NoEcho-2",
    "hunter2-in-rds",
    "s3cr3t-string",
    "Env-Password-3",
    "sub-Secret-4",
    "AKIAIOSFODNN7EXAMPLE",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "ghp_0123456789abcdef0123",
    "Url-Pass-5",
    "MIIEowIBAAKCAQEA",
    "Client-Secret-6",
    "Header-Token-7",
    "deadbeefsignature",
    "User-Data-8",
    "Changed-Pass-9",
    "Echoed-Pass-10",
    "Parameter-Value-11",
];

/// These refer to a secret, or only look like one: they stay.
const HARMLESS: &[&str] = &[
    "{{resolve:secretsmanager:db:SecretString:password}}",
    "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop-AbCdEf",
    "secretsmanager:GetSecretValue",
    "SecretArnOutput",
    "sqs:CreateQueue",
    "the-user@example.com",
];

fn template() -> Value {
    json!({
        "Parameters": {
            "Pass": {"Type": "String", "NoEcho": true, "Default": "Default-of-NoEcho-2"},
            "Mail": {"Type": "String", "Default": "the-user@example.com"},
        },
        "Resources": {
            "Db": {"Type": "AWS::RDS::DBInstance", "Properties": {
                "MasterUserPassword": "hunter2-in-rds",
                "MasterUsername": "{{resolve:secretsmanager:db:SecretString:password}}",
            }},
            "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": "s3cr3t-string"}},
            "Value": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "Parameter-Value-11"}},
            "Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": {"ContainerDefinitions": [{
                "Environment": [
                    {"Name": "DB_PASSWORD", "Value": "Env-Password-3"},
                    {"Name": "DB_URL", "Value": "postgres://shop:Url-Pass-5@db.internal/shop"},
                    {"Name": "SECRET_ARN", "Value": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop-AbCdEf"},
                ],
                "Secrets": [{"Name": "API_TOKEN", "ValueFrom": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop-AbCdEf"}],
            }]}},
            "Provider": {"Type": "AWS::Cognito::UserPoolIdentityProvider", "Properties": {
                "ProviderDetails": {"client_secret": "Client-Secret-6", "authorize_scopes": "openid"},
            }},
            "Made": {"Type": "Custom::Thing", "Properties": {"ApiKey": {"Fn::Sub": "sub-Secret-4"}, "SecretArn": "SecretArnOutput"}},
            "Box": {"Type": "AWS::EC2::Instance", "Properties": {"UserData": {"Fn::Base64": "User-Data-8"}}},
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"Action": "secretsmanager:GetSecretValue"}]}},
        },
    })
}

fn evidence() -> Evidence {
    let reason = "User: x is not authorized to perform: sqs:CreateQueue with key AKIAIOSFODNN7EXAMPLE and \
                  https://s3.example.com/t?X-Amz-Signature=deadbeefsignature, given hunter2-in-rds";
    let event = StackEvent {
        id: "1".into(),
        stack_id: "arn:aws:cloudformation:eu-west-1:111122223333:stack/Web/1".into(),
        logical_id: "Jobs".into(),
        resource_type: "AWS::SQS::Queue".into(),
        status: "CREATE_FAILED".into(),
        reason: Some(reason.into()),
        hook_reason: Some("token=ghp_0123456789abcdef0123".into()),
        ..StackEvent::default()
    };
    let mut templates = Templates::of(&template());
    templates.add(
        &["Inner"],
        json!({"Resources": {"Deep": {"Type": "Custom::X", "Properties": {"Token": "Header-Token-7"}}}}),
    );
    let mut summary = Summary::of("Web", &Status::RollbackComplete, "111122223333", "eu-west-1");
    summary.diagnosis = diagnose_with(std::slice::from_ref(&event), &templates);
    let facts =
        ["password: Echoed-Pass-10", "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA", "given Given-by-NoEcho-1"];
    summary.diagnosis.add_facts("Jobs", facts.map(str::to_owned));
    summary.diagnosis.add_facts("Jobs", ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl".to_owned()]);
    let detail = |path: &str, after: &str| ChangeDetail {
        attribute: "Properties".into(),
        path: Some(path.into()),
        after: Some(after.into()),
        ..ChangeDetail::default()
    };
    let change = Change {
        logical_id: "Db".into(),
        resource_type: "AWS::RDS::DBInstance".into(),
        details: vec![
            detail("/Properties/MasterUserPassword", "Changed-Pass-9"),
            detail("/Properties", r#"{"Tags": [{"Key": "password", "Value": "Echoed-Pass-10"}]}"#),
        ],
        ..Change::default()
    };
    Evidence { summary, events: vec![event], changes: vec![change], templates }
}

#[test]
fn secrets_are_redacted_and_references_to_secrets_stay() {
    let planted = format!("{:?}", evidence());
    let missing: Vec<&&str> = PLANTED.iter().chain(HARMLESS).filter(|text| !planted.contains(**text)).collect();
    assert!(missing.is_empty(), "not planted: {missing:?}");
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = evidence().write(&folder.path().join("out/Web"), &["Given-by-NoEcho-1".into()]).expect("a free folder");
    let mut all = String::new();
    for entry in fs::read_dir(&path).expect("the written folder") {
        all += &fs::read_to_string(entry.expect("a file of it").path()).expect("text");
    }
    let leaked: Vec<&&str> = PLANTED.iter().filter(|secret| all.contains(**secret)).collect();
    assert!(leaked.is_empty(), "{leaked:?} in {all}");
    let lost: Vec<&&str> = HARMLESS.iter().filter(|text| !all.contains(**text)).collect();
    assert!(lost.is_empty(), "{lost:?} not in {all}");
}

#[test]
fn written_evidence_can_be_read() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let written = evidence();
    let first = written.write(&folder.path().join("Web"), &[]).expect("a free folder");
    let second = written.write(&folder.path().join("Web"), &[]).expect("a second folder");
    assert_eq!((first.file_name().unwrap(), second.file_name().unwrap()), ("Web".as_ref(), "Web-2".as_ref()));
    let left = fs::read_dir(folder.path()).expect("the folder").count();
    assert_eq!(left, 2, "no temporary folder is left");
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&first).expect("the folder").permissions());
        assert_eq!(mode & 0o777, 0o700, "only the user can read it");
    }

    let read = Evidence::read(&first).expect("the written folder");
    let cause = read.summary.diagnosis.cause.expect("a cause");
    assert_eq!((read.summary.version, cause.logical_id.as_str()), (1, "Jobs"));
    assert!(cause.hint.expect("a hint").contains("--role-arn"));
    assert_eq!(cause.facts.len(), 4);
    assert_eq!((read.events.len(), read.changes.len(), read.templates.iter().count()), (1, 1, 2));
}

#[test]
fn a_folder_without_evidence_or_with_a_newer_format_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    assert!(Evidence::read(folder.path()).unwrap_err().to_string().contains("summary.json"));
    fs::write(folder.path().join("summary.json"), r#"{"version": 9}"#).expect("a file");
    assert!(Evidence::read(folder.path()).unwrap_err().to_string().contains("newer than this tool"));
}

#[test]
fn facts_are_added_to_the_failure_of_their_resource() {
    let mut diagnosis =
        Diagnosis { cause: Some(Failure { logical_id: "S".into(), ..Failure::default() }), ..Diagnosis::default() };
    diagnosis.add_facts("S", ["3 tasks stopped".to_owned()]);
    diagnosis.add_facts("T", ["of another resource".to_owned()]);
    assert_eq!(diagnosis.cause.expect("the cause").facts, ["3 tasks stopped"]);
}
