//! Policies larger than IAM takes are split as the CDK splits them: `overflow/program.js` is the same program.

use purlin::ecr::Repository;
use purlin::iam::{Grant, Grantee, ManagedPolicy, Policy, PolicyDocument, PolicyStatement, Principal, Role};
use purlin::s3::Bucket;
use purlin::testing::{Template, problems};
use purlin::{App, CfnResource, Stack, Value};
use serde_json::{Value as Json, json};

fn role(stack: &Stack) -> Role {
    stack.add("Role", Role::props(Principal::service("lambda.amazonaws.com")))
}

fn allow<const A: usize>(actions: [String; A], resource: String) -> PolicyStatement {
    PolicyStatement::allow().actions(actions).resource(resource)
}

fn arn(number: usize) -> String {
    format!("arn:aws:s3:::some-bucket-with-a-long-name-{number}/folder/*")
}

fn queues(stack: &Stack, count: usize) -> Vec<Value<String>> {
    let queue = |number| stack.add(format!("Queue{number}"), CfnResource::new("AWS::SQS::Queue")).get_att("Arn");
    (0..count).map(queue).collect()
}

fn distinct(role: &Role, count: usize) {
    for number in 0..count {
        role.add_to_policy(allow([format!("s3:Action{number}")], arn(number)));
    }
}

#[test]
fn cdk_33_the_policies_are_the_cdks() {
    type Build = fn(&Stack, &Role);
    let programs: [(&str, Build); 6] = [
        ("Same", |_, role| {
            for number in 0..300 {
                role.add_to_policy(allow(["s3:GetObject".into()], arn(number)));
            }
        }),
        ("Distinct", |_, role| distinct(role, 200)),
        ("Mixed", |_, role| {
            for number in 0..140 {
                let send = allow(["sqs:SendMessage".to_owned(), format!("sqs:Act{}", number % 3)], arn(number));
                let team = format!("team-{}", number % 2);
                role.add_to_policy(send.condition("StringEquals", "aws:PrincipalTag/team", team));
                role.add_to_policy(PolicyStatement::deny().action("sqs:*").resource(arn(number % 10)));
                if number % 10 == 0 {
                    role.add_to_policy(allow(["ec2:Describe*".into()], "*".into()).sid(format!("Sid{number}")));
                }
                if number % 15 == 0 {
                    role.add_to_policy(PolicyStatement::allow().not_actions(["iam:*"]).resource(arn(number)));
                }
            }
        }),
        ("Huge", |stack, role| {
            role.add_to_policy(PolicyStatement::allow().action("sqs:SendMessage").resources(queues(stack, 70)));
            role.add_to_policy(allow(["s3:ListBucket".into()], "arn:aws:s3:::small".into()));
        }),
        ("Merged", |_, role| {
            for number in 0..100 {
                let actions = [format!("s3:Operation{number}"), "s3:GetObject".to_owned()];
                role.add_to_policy(allow(actions, "arn:aws:s3:::some-bucket-with-a-long-name".into()));
            }
        }),
        ("References", |stack, role| {
            for (number, queue) in queues(stack, 60).into_iter().enumerate() {
                role.add_to_policy(PolicyStatement::allow().action("sqs:SendMessage").resource(queue.clone()));
                let receive = PolicyStatement::allow().action("sqs:ReceiveMessage").resource(queue);
                role.add_to_policy(receive.resource(arn(number)));
            }
        }),
    ];
    let cdk: Json = serde_json::from_str(include_str!("overflow/cdk.json")).expect("the CDK wrote it");
    for (name, build) in programs {
        let app = App::new();
        let stack = app.add(name, Stack::props());
        build(&stack, &role(&stack));
        let template = app.synth().expect("IAM takes the policies").stacks[0].template.clone();
        let resources = template["Resources"].as_object().unwrap().iter();
        let policies = resources.filter(|(_, it)| it["Type"].as_str().is_some_and(|kind| kind.ends_with("Policy")));
        let mut policies: serde_json::Map<_, _> = policies.map(|(id, it)| (id.clone(), it.clone())).collect();
        for resource in policies.values_mut() {
            resource.as_object_mut().unwrap().remove("Metadata");
        }
        assert_eq!(Json::Object(policies), cdk[name], "{name}");
    }
}

#[test]
fn a_policy_that_fits_stays_as_it_was_written() {
    let template = Template::of(|stack| distinct(&role(stack), 80));
    let statements = &template.only("AWS::IAM::Policy")["Properties"]["PolicyDocument"]["Statement"];
    assert_eq!(statements.as_array().unwrap().len(), 80);
    assert!(template.resources_of("AWS::IAM::ManagedPolicy").is_empty());
}

#[test]
fn many_small_statements_are_split_by_what_iam_takes() {
    // Here the CDK's estimate is too low: IAM would refuse its policy.
    let app = App::new();
    let stack = app.add("S", Stack::props());
    let role = role(&stack);
    for number in 0..150 {
        let small = allow([format!("s3:Act{number}")], "arn:aws:s3:::b".into()).sid(format!("Statement{number}"));
        role.add_to_policy(small.condition("StringEquals", "aws:PrincipalTag/team", "web"));
    }
    let synthesis = app.synth().expect("IAM takes the policies");
    let template = &synthesis.stacks[0].template["Resources"];
    let document = |id: &str| template[id]["Properties"]["PolicyDocument"].to_string().len();
    let sizes = [document("RoleDefaultPolicy5FFB7DAB"), document("RoleOverflowPolicy1BE1613CC")];
    assert!((8_000..=10_240).contains(&sizes[0]) && (4_000..=6_144).contains(&sizes[1]), "{sizes:?}");
    let is_size = |it: &purlin::Problem| it.message.contains("white space");
    assert!(!synthesis.notices.iter().any(is_size), "{:?}", synthesis.notices);
}

#[test]
fn a_statement_larger_than_any_policy_is_a_problem() {
    let found = problems(|stack| {
        let role = role(stack);
        role.add_to_policy(PolicyStatement::allow().action("s3:GetObject").resources((0..250).map(arn)));
        distinct(&role, 1);
    });
    let [problem] = &found[..] else { panic!("one policy is too large: {found:#?}") };
    assert_eq!(problem.path, "Stack/Role/OverflowPolicy1/Resource");
    assert!(problem.message.contains("IAM takes at most 6144") && problem.hint.contains("split"), "{problem}");
}

#[test]
fn other_inline_policies_of_the_role_count() {
    for (inline, policies) in [(0, 0), (40, 1)] {
        let template = Template::of(|stack| {
            let mut document = PolicyDocument::new();
            (0..inline / 2).for_each(|number| document.add(allow(["sqs:SendMessage".into()], arn(number))));
            let props = Role::props(Principal::service("lambda.amazonaws.com"));
            let role = stack.add("Role", if inline > 0 { props.inline_policy("own", document.clone()) } else { props });
            if inline > 0 {
                stack.add("Second", Policy::props().document(document).role(&role));
            }
            distinct(&role, 80);
        });
        assert_eq!(template.resources_of("AWS::IAM::ManagedPolicy").len(), policies, "{inline}");
    }
}

#[test]
fn what_waits_for_a_grant_waits_for_the_policy_it_was_moved_to() {
    let template = Template::of(|stack| {
        let role = role(stack);
        let user = |id: &str| stack.add(id, CfnResource::new("AWS::SQS::Queue"));
        Grant::add_to_principal(&role, ["s3:First"], [arn(0)]).apply_before(&user("First"));
        distinct(&role, 100);
        Grant::add_to_principal(&role, ["s3:Last"], [arn(0), arn(1), arn(2)]).apply_before(&user("Last"));
    });
    assert_eq!(template.resource("First")["DependsOn"], json!(["RoleDefaultPolicy5FFB7DAB"]));
    assert_eq!(
        template.resource("Last")["DependsOn"],
        json!(["RoleDefaultPolicy5FFB7DAB", "RoleOverflowPolicy1BE1613CC"])
    );
}

#[test]
fn both_policies_of_combined_grants_are_waited_for() {
    let template = Template::of(|stack| {
        let other = stack.add("Other", Role::props(Principal::service("lambda.amazonaws.com")));
        let grant = |role: &Role| Grant::add_to_principal(role, ["s3:GetObject"], [arn(0)]);
        let both = grant(&role(stack)).combine(grant(&other));
        both.apply_before(&stack.add("User", CfnResource::new("AWS::SQS::Queue")));
    });
    let policies: Vec<&str> = template.resources_of("AWS::IAM::Policy").into_iter().map(|(id, _)| id).collect();
    assert_eq!(template.resource("User")["DependsOn"], json!(policies));
}

#[test]
fn a_policy_is_attached_to_a_role_once() {
    let template = Template::of(|stack| {
        let role = role(stack);
        let again = Role::from_arn(stack, "Again", role.arn());
        let statement = || PolicyStatement::allow().action("ec2:*").all_resources();
        let policy =
            stack.add("P", Policy::props().statement(statement()).role(&role).role(&again).role_name(role.name()));
        policy.attach_to_role(&again);
        role.attach_policy(&policy);
        let managed = stack.add("M", ManagedPolicy::props().statement(statement()).role(&role).role(&again));
        managed.attach_to_role(&again);
        role.add_managed_policy(ManagedPolicy::aws("ReadOnlyAccess"));
        role.add_managed_policy(ManagedPolicy::aws("ReadOnlyAccess"));
        assert_eq!(again.grant_principal(), role.grant_principal());
    });
    let roles = json!([{"Ref": "Role1ABCC5F0"}]);
    assert_eq!(template.only("AWS::IAM::Policy")["Properties"]["Roles"], roles);
    assert_eq!(template.only("AWS::IAM::ManagedPolicy")["Properties"]["Roles"], roles);
    let managed = &template.only("AWS::IAM::Role")["Properties"]["ManagedPolicyArns"];
    assert_eq!(managed.as_array().unwrap().len(), 1);
}

#[test]
fn statements_are_added_to_a_policy_that_was_replaced() {
    let raw = || json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}});
    let later = || PolicyStatement::allow().action("s3:GetObject").all_resources();
    let template = Template::of(|stack| {
        let role = role(stack);
        let inline = stack.add("P", Policy::props().statement(later()).role(&role));
        inline.cfn().update(|policy| policy.policy_document(raw()));
        inline.add_statement(later());
    });
    let statements = &template.only("AWS::IAM::Policy")["Properties"]["PolicyDocument"]["Statement"];
    assert_eq!(statements[0]["Effect"], "Deny", "{statements}");
    assert_eq!(statements[1]["Action"], "s3:GetObject");
    let template = Template::of(|stack| {
        let bucket = stack.add("B", Bucket::props());
        bucket.policy().unwrap().update(|policy| policy.policy_document(raw()));
        bucket.add_to_resource_policy(later().principal(Principal::any()));
        let repository = stack.add("Repository", Repository::props());
        repository.cfn().unwrap().update(|repository| repository.repository_policy_text(raw()));
        let pull = PolicyStatement::allow().action("ecr:BatchGetImage").principal(Principal::any());
        repository.add_to_resource_policy(pull);
    });
    let bucket = &template.only("AWS::S3::BucketPolicy")["Properties"]["PolicyDocument"]["Statement"];
    let repository = &template.only("AWS::ECR::Repository")["Properties"]["RepositoryPolicyText"]["Statement"];
    assert_eq!((&bucket[0]["Effect"], &bucket[1]["Action"]), (&json!("Deny"), &json!("s3:GetObject")));
    assert_eq!((&repository[0]["Effect"], &repository[1]["Action"]), (&json!("Deny"), &json!("ecr:BatchGetImage")));
    let found = problems(|stack| {
        let inline = stack.add("P", Policy::props().statement(later()).role(&role(stack)));
        inline.cfn().update(|policy| policy.policy_document(json!({"Fn::Transform": {"Name": "Policy"}})));
        inline.add_statement(later());
    });
    assert!(found[0].message.contains("`s3:GetObject` would be lost"), "{found:?}");
}

#[test]
fn more_managed_policies_than_a_role_can_have_are_reported() {
    let build = |count: usize| {
        move |stack: &Stack| {
            let role = role(stack);
            (0..count).for_each(|number| role.add_managed_policy(ManagedPolicy::aws(format!("Policy{number}"))));
            distinct(&role, 120);
        }
    };
    for (count, expect) in [(9, None), (10, Some("has 11 managed policies, AWS takes 10"))] {
        let app = App::new();
        build(count)(&app.add("S", Stack::props()));
        let notices = app.synth().expect("they are possible").notices;
        let found = notices.iter().find(|it| it.message.contains("managed policies"));
        assert_eq!(found.is_some(), expect.is_some(), "{found:?}");
        assert!(expect.is_none_or(|text| found.is_some_and(|it| it.message.contains(text))), "{found:?}");
    }
    assert!(problems(build(26)).iter().any(|it| it.message.contains("managed policies")));
}

#[test]
fn cdk_36_misspelt_principals_and_actions_are_warnings() {
    let app = App::new();
    let stack = app.add("S", Stack::props());
    let role = stack.add("Role", Role::props(Principal::service("lamda.amazonaws.com")));
    role.add_to_policy(PolicyStatement::allow().action("s3:GetObjct").all_resources());
    let notices = app.synth().expect("IAM takes both").notices;
    let found: Vec<_> = notices.iter().map(|it| (it.path.as_str(), it.message.as_str(), it.hint.as_str())).collect();
    let expect = [
        (
            "S/Role/Resource",
            "`lamda.amazonaws.com` is not a service principal that IAM knows, did you mean `lambda.amazonaws.com`?",
            "write `lambda.amazonaws.com`",
        ),
        (
            "S/Role/DefaultPolicy/Resource",
            "`s3:GetObjct` is not an action that IAM knows, did you mean `s3:GetObject`?",
            "write `s3:GetObject`",
        ),
    ];
    assert_eq!(found.len(), expect.len(), "{found:?}");
    for ((path, message, hint), found) in expect.iter().zip(&found) {
        assert_eq!((*path, *message), (found.0, found.1));
        assert!(found.2.starts_with(hint), "{found:?}");
    }
    assert!(notices.iter().all(|it| it.declared_at.file().ends_with("overflow.rs")), "{notices:?}");
}

#[test]
fn principals_with_different_conditions_are_a_problem() {
    let same = || Principal::service("sns.amazonaws.com");
    let statement =
        |second: Principal| PolicyStatement::allow().action("sts:AssumeRole").principal(same()).principal(second);
    let found =
        |second: fn() -> Principal| problems_of(move |stack| role(stack).add_to_trust_policy(statement(second())));
    assert_eq!(found(|| Principal::service("sqs.amazonaws.com")), Vec::<String>::new());
    let limited = found(|| Principal::organization("o-a1b2c3d4e5"));
    assert!(limited[0].contains("principals of a statement have different conditions"), "{limited:?}");
}

/// The errors of a stack, which may have none.
fn problems_of(build: impl FnOnce(&Stack)) -> Vec<String> {
    let app = App::new();
    build(&app.add("S", Stack::props()));
    app.synth().err().unwrap_or_default().into_iter().map(|problem| problem.message).collect()
}
