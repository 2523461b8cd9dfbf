//! Roles, policies and grants.

use purlin::iam::{Grant, ManagedPolicy, Policy, PolicyDocument, PolicyStatement, Principal, Role};
use purlin::kms::Key;
use purlin::lambda::{Function, Permission};
use purlin::secretsmanager::Secret;
use purlin::ssm::{SecureStringParameter, StringParameter};
use purlin::testing::{Template, problems};
use purlin::{CfnResource, Environment, RemovalPolicy, Stack};
use serde_json::json;
use std::time::Duration;

use super::check;

fn tasks() -> Principal {
    Principal::service("ecs-tasks.amazonaws.com")
}

/// What a role is permitted by its default policy.
fn statements(build: impl Fn(&Stack, &Role)) -> serde_json::Value {
    let template = Template::of(|stack| build(stack, &stack.add("Role", Role::props(tasks()))));
    template.only("AWS::IAM::Policy")["Properties"]["PolicyDocument"]["Statement"].clone()
}

#[test]
fn iam_role_with_everything() {
    check("iam_role_with_everything", |stack| {
        let assumed_by = Principal::composite([
            tasks(),
            Principal::account("111122223333"),
            Principal::web_identity("cognito-identity.amazonaws.com").with_condition(
                "StringEquals",
                "cognito-identity.amazonaws.com:aud",
                "eu-west-1:0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
            ),
        ]);
        let read = PolicyStatement::allow().action("s3:GetObject").resource("arn:aws:s3:::reports/*");
        let role = stack.add(
            "Role",
            Role::props(assumed_by)
                .name("reporter")
                .path("/service/")
                .description("Writes reports")
                .external_id("partner")
                .max_session_duration(Duration::from_hours(2))
                .permissions_boundary(ManagedPolicy::from_arn("arn:aws:iam::111122223333:policy/boundary"))
                .managed_policy(ManagedPolicy::aws("service-role/AmazonECSTaskExecutionRolePolicy"))
                .inline_policy("read", PolicyDocument::new().statement(read)),
        );
        let deny = PolicyStatement::deny().not_actions(["s3:*"]).all_resources().condition(
            "Bool",
            "aws:ViaAWSService",
            "false",
        );
        role.add_to_policy(PolicyStatement::allow().actions(["ses:SendEmail", "ses:SendRawEmail"]).all_resources());
        role.add_to_policy(deny.sid("OnlyS3"));
        let shared = stack.add(
            "Shared",
            ManagedPolicy::props()
                .description("Lists buckets")
                .statement(PolicyStatement::allow().action("s3:ListAllMyBuckets").all_resources()),
        );
        role.add_managed_policy(&shared);
        let inline = PolicyStatement::allow().action("sns:Publish").resource("arn:aws:sns:eu-west-1:111122223333:done");
        stack.add("Inline", Policy::props().statement(inline).role(&role));
        let elsewhere = Role::from_arn(stack, "Elsewhere", "arn:aws:iam::111122223333:role/team/worker");
        role.grant_pass_role(&elsewhere);
    });
}

#[test]
fn ids_names_and_documents_are_those_of_the_cdk() {
    let template = Template::of(|stack| {
        let role = stack.add("Role", Role::props(tasks()));
        let list = || PolicyStatement::allow().action("s3:List").resource("arn:aws:s3:::a");
        assert!(role.add_to_policy(list()) && role.add_to_policy(list()));
        let imported = Role::from_arn(stack, "Imp", "arn:aws:iam::111122223333:role/path/imported");
        imported.add_to_policy(list());
    });
    let policy = template.resource("RoleDefaultPolicy5FFB7DAB");
    assert_eq!(policy["Properties"]["PolicyName"], "RoleDefaultPolicy5FFB7DAB");
    assert_eq!(policy["Properties"]["Roles"], json!([{"Ref": "Role1ABCC5F0"}]));
    let document = json!({
        "Statement": [{"Action": "s3:List", "Effect": "Allow", "Resource": "arn:aws:s3:::a"}],
        "Version": "2012-10-17",
    });
    assert_eq!(policy["Properties"]["PolicyDocument"], document);
    assert_eq!(template.resource("ImpPolicy7A6E815A")["Properties"]["Roles"], json!(["imported"]));
}

#[test]
fn policies_of_roles_of_other_accounts_do_not_change() {
    let app = purlin::App::new();
    let stack = app.add("S", Stack::props().env(Environment::of("999988887777", "eu-west-1")));
    let role = Role::from_arn(&stack, "Imp", "arn:aws:iam::111122223333:role/imported");
    let grant = Grant::add_to_principal(&role, ["s3:GetObject"], ["*"]);
    assert!(!grant.is_added());
    assert!(
        !stack
            .add("Own", Role::props(tasks()))
            .without_policy_updates()
            .add_to_policy(PolicyStatement::allow().action("s3:GetObject").all_resources())
    );
}

#[test]
fn a_construct_can_be_created_after_a_grant() {
    let template = Template::of(|stack| {
        let role = stack.add("Role", Role::props(tasks()));
        let user = stack.add("User", CfnResource::new("AWS::SQS::Queue"));
        Grant::add_to_principal(&role, ["s3:GetObject"], ["arn:aws:s3:::a/*"]).apply_before(&user);
        user.removal_policy(RemovalPolicy::Destroy);
    });
    assert_eq!(template.resource("User")["DependsOn"], json!(["RoleDefaultPolicy5FFB7DAB"]));
}

#[test]
fn a_grant_for_a_secret_by_name_covers_the_suffix_of_its_arn() {
    let found = statements(|stack, role| {
        let key = Key::from_arn("arn:aws:kms:eu-west-1:111122223333:key/1");
        Secret::from_name(stack, "db").encryption_key(&key).grant_read(role);
    });
    assert_eq!(found[0]["Action"], json!(["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]));
    assert_eq!(found[0]["Resource"]["Fn::Join"][1].as_array().unwrap().last().unwrap(), ":secret:db-??????");
    assert_eq!(found[1]["Action"], "kms:Decrypt");
    let complete = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf";
    let found = statements(|_, role| drop(Secret::from_complete_arn(complete).grant_read(role)));
    assert_eq!(found[0]["Resource"], complete);
    assert_eq!(Secret::from_complete_arn(complete).name().as_str(), Some("db"));
}

#[test]
fn grants_on_imports_are_those_of_the_cdk() {
    let found = statements(|stack, role| {
        StringParameter::from_name(stack, "/a/b").grant_read(role);
    });
    let read = ["ssm:DescribeParameters", "ssm:GetParameters", "ssm:GetParameter", "ssm:GetParameterHistory"];
    assert_eq!(found[0]["Action"], json!(read));
    assert_eq!(found[0]["Resource"]["Fn::Join"][1].as_array().unwrap().last().unwrap(), ":parameter/a/b");
    let key = Key::from_arn("arn:aws:kms:us-east-1:111122223333:key/1");
    let found = statements(|stack, role| {
        SecureStringParameter::from_name(stack, "q").encryption_key(&key).grant_read(role);
    });
    assert_eq!(found[0], json!({"Action": "kms:Decrypt", "Effect": "Allow", "Resource": key.arn().as_str()}));
    let found = statements(|_, role| drop(key.grant_encrypt_decrypt(role)));
    assert_eq!(found[0]["Action"], json!(["kms:Decrypt", "kms:Encrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"]));
    let template = Template::of(|stack| {
        let function = Function::from_arn(stack, "F", "arn:aws:lambda:us-east-1:111122223333:function:f1");
        function.add_permission("Pm", Permission::for_service("x.y").source_account("111122223333"));
        assert_eq!(function.name().as_str(), Some("f1"));
    });
    assert_eq!(template.resource("FPm6B5B20C4")["Properties"]["Principal"], "x.y");
}

#[test]
fn mistakes_are_problems() {
    type Build = fn(&Stack);
    let cases: [(&str, Build); 11] = [
        ("not an action", |stack| {
            stack
                .add("R", Role::props(tasks()))
                .add_to_policy(PolicyStatement::allow().action("GetObject").all_resources());
        }),
        ("has no action", |stack| {
            stack.add("R", Role::props(tasks())).add_to_policy(PolicyStatement::allow().all_resources());
        }),
        ("`lambda` is not the principal of an AWS service", |stack| {
            drop(stack.add("R", Role::props(Principal::service("lambda"))));
        }),
        ("names no resource", |stack| {
            stack.add("R", Role::props(tasks())).add_to_policy(PolicyStatement::allow().action("s3:Get"));
        }),
        ("names a principal", |stack| {
            let statement = PolicyStatement::allow().action("s3:Get").all_resources().principal(Principal::any());
            stack.add("R", Role::props(tasks())).add_to_policy(statement);
        }),
        ("the role's name is `a b`, but AWS takes 1 to 64 letters, digits and `_+=,.@-`", |stack| {
            drop(stack.add("R", Role::props(tasks()).name("a b")));
        }),
        ("the path is `web`, but AWS takes paths that begin and end with `/`", |stack| {
            drop(stack.add("R", Role::props(tasks()).path("web")));
        }),
        ("`Description` has 1001 characters; it takes at most 1000", |stack| {
            drop(stack.add("R", Role::props(tasks()).description("x".repeat(1001))));
        }),
        ("`MaxSessionDuration` is 60; it takes at least 3600", |stack| {
            stack.add("R", Role::props(tasks()).max_session_duration(Duration::from_mins(1)));
        }),
        ("attached to nothing", |stack| {
            stack.add("P", Policy::props().statement(PolicyStatement::allow().action("s3:Get").all_resources()));
        }),
        ("is not the ARN of a role", |stack| {
            drop(Role::from_arn(stack, "R", "arn:aws:iam::111122223333:user/x"));
        }),
    ];
    for (expect, build) in cases {
        let found = problems(build);
        assert!(found.iter().any(|problem| problem.message.contains(expect)), "{expect}: {found:?}");
    }
}
