//! What one template permits that another did not, by cases.

use purlin_template::{Template, broadening};
use serde_json::{Value, json};

/// The lines for what `after` permits beyond `before`.
fn lines(before: &Value, after: &Value) -> Vec<String> {
    broadening(Some(before), after).into_iter().map(|it| it.what).collect()
}

fn resources(all: &Value) -> Value {
    json!({"Resources": all})
}

/// A role's policy with these statements.
fn policy(statements: &Value) -> Value {
    let role = json!({"Type": "AWS::IAM::Role", "Properties": {}});
    let document = json!({"Statement": statements});
    let properties = json!({"PolicyDocument": document, "Roles": [{"Ref": "TaskRole"}]});
    resources(&json!({"TaskRole": role, "Policy": {"Type": "AWS::IAM::Policy", "Properties": properties}}))
}

fn allow(action: &Value, resource: &Value) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

fn deny(action: &Value, resource: &Value) -> Value {
    json!({"Effect": "Deny", "Action": action, "Resource": resource})
}

#[test]
fn statements_are_compared_by_what_they_permit() {
    let jobs = json!({"Fn::GetAtt": ["Jobs", "Arn"]});
    let put = allow(&json!("dynamodb:PutItem"), &jobs);
    let none = policy(&json!([]));
    let cases: [(&str, Value, Value, &[&str]); 15] = [
        (
            "a new one",
            none.clone(),
            policy(&json!([put])),
            &["allows `dynamodb:PutItem` on `${Jobs.Arn}` to `${TaskRole}`"],
        ),
        ("the same", policy(&json!([put])), policy(&json!([put])), &[]),
        ("a removed one", policy(&json!([put])), none.clone(), &[]),
        (
            "text for a list, GetAtt for Sub, another case",
            policy(&json!([put])),
            policy(&json!(allow(&json!(["dynamodb:putitem"]), &json!([{"Fn::Sub": "${Jobs.Arn}"}])))),
            &[],
        ),
        (
            "one action more",
            policy(&json!([put])),
            policy(&json!([allow(&json!(["dynamodb:PutItem", "dynamodb:GetItem"]), &jobs)])),
            &["allows `dynamodb:GetItem` on `${Jobs.Arn}` to `${TaskRole}`"],
        ),
        ("a narrowed pattern", policy(&json!([allow(&json!("dynamodb:*"), &json!("*"))])), policy(&json!([put])), &[]),
        (
            "a wider pattern",
            policy(&json!([put])),
            policy(&json!([allow(&json!("dynamodb:*"), &json!("*"))])),
            &["allows `dynamodb:*` on every resource to `${TaskRole}`"],
        ),
        (
            "split in two, in another order",
            policy(&json!([allow(&json!(["a:A", "a:B"]), &json!(["x", "y"]))])),
            policy(&json!([allow(&json!(["a:B", "a:A"]), &json!("y")), allow(&json!(["a:A", "a:B"]), &json!("x"))])),
            &[],
        ),
        (
            "everything but something",
            policy(&json!([put])),
            policy(&json!([{"Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "Resource": "*"}])),
            &["allows every action but `iam:*`, `sts:*` on every resource to `${TaskRole}`"],
        ),
        (
            "less of everything but something",
            policy(&json!([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}])),
            policy(&json!([{"Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "Resource": "*"}, put])),
            &[],
        ),
        ("a new denial", policy(&json!([put])), policy(&json!([put, deny(&json!("s3:*"), &json!("*"))])), &[]),
        (
            "a denial that is gone",
            policy(&json!([put, deny(&json!("s3:*"), &json!("*"))])),
            policy(&json!([put])),
            &["no longer denies `s3:*` on every resource to `${TaskRole}`"],
        ),
        (
            "a denial that is gone with whom it was for",
            policy(&json!([deny(&json!("s3:*"), &json!("*"))])),
            resources(&json!({})),
            &[],
        ),
        (
            "a condition less",
            policy(
                &json!([{"Effect": "Allow", "Action": "a:A", "Resource": "x", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}]),
            ),
            policy(&json!([allow(&json!("a:A"), &json!("x"))])),
            &["allows `a:A` on `x` to `${TaskRole}`"],
        ),
        (
            "a condition more",
            policy(&json!([allow(&json!("a:A"), &json!("x"))])),
            policy(
                &json!([{"Effect": "Allow", "Action": "a:A", "Resource": "x", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}]),
            ),
            &[],
        ),
    ];
    for (name, before, after, expected) in cases {
        assert_eq!(lines(&before, &after), expected, "{name}");
    }
}

/// Everything a new resource of a type opens, from `broadening.yaml`.
#[test]
fn every_place_of_a_policy_is_read() {
    let rows = purlin_template::load(include_str!("broadening.yaml")).expect("the file is YAML").to_json();
    for row in rows.as_array().expect("a list of rows") {
        let after = resources(&json!({"It": {"Type": row["type"], "Properties": row["properties"]}}));
        let found = broadening(None, &after);
        let opens: Vec<_> = found.iter().map(|it| &*it.what).collect();
        assert_eq!(json!(opens), row["opens"], "{row}");
        assert!(found.iter().all(|it| it.logical_id == "It" && row["type"] == *it.resource_type), "{found:?}");
    }
}

#[test]
fn security_groups_are_compared_by_the_traffic_they_let_through() {
    let group = |ingress: Value, egress: Value| {
        resources(
            &json!({"Web": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"SecurityGroupIngress": ingress, "SecurityGroupEgress": egress}}}),
        )
    };
    let tcp =
        |from: u16, to: u16, cidr: &str| json!({"IpProtocol": "tcp", "FromPort": from, "ToPort": to, "CidrIp": cidr});
    let closed = json!([{"CidrIp": "255.255.255.255/32", "IpProtocol": "icmp", "FromPort": 252, "ToPort": 86}]);
    let standing_alone = |key: &str, rule: Value| {
        let mut template = group(json!([]), closed.clone());
        template["Resources"]["Rule"] = json!({"Type": format!("AWS::EC2::SecurityGroup{key}"), "Properties": rule});
        template["Resources"]["Rule"]["Properties"]["GroupId"] = json!({"Fn::GetAtt": ["Web", "GroupId"]});
        template
    };
    let none = group(json!([]), closed.clone());
    let open = json!([{"IpProtocol": -1, "CidrIp": "0.0.0.0/0"}]);
    let https = tcp(443, 443, "0.0.0.0/0");
    let cases: [(&str, Value, Value, &[&str]); 12] = [
        (
            "a rule",
            none.clone(),
            group(json!([https]), closed.clone()),
            &["opens `${Web}` to `tcp/443 from 0.0.0.0/0`"],
        ),
        ("no rule", group(json!([https]), closed.clone()), none.clone(), &[]),
        ("the rule on its own", group(json!([https]), closed.clone()), standing_alone("Ingress", https.clone()), &[]),
        (
            "a wider network",
            group(json!([tcp(443, 443, "10.0.0.0/16")]), closed.clone()),
            group(json!([tcp(443, 443, "10.0.0.0/8")]), closed.clone()),
            &["opens `${Web}` to `tcp/443 from 10.0.0.0/8`"],
        ),
        (
            "a narrower network and fewer ports",
            group(json!([tcp(80, 443, "10.0.0.0/8")]), closed.clone()),
            group(json!([tcp(443, 443, "10.1.0.0/16")]), closed.clone()),
            &[],
        ),
        (
            "more ports",
            group(json!([https]), closed.clone()),
            group(json!([tcp(80, 443, "0.0.0.0/0")]), closed.clone()),
            &["opens `${Web}` to `tcp/80-443 from 0.0.0.0/0`"],
        ),
        ("all of it before", group(open.clone(), closed.clone()), group(json!([https]), closed.clone()), &[]),
        (
            "all of it now",
            group(json!([https]), closed.clone()),
            group(open.clone(), closed.clone()),
            &["opens `${Web}` to `all traffic from 0.0.0.0/0`"],
        ),
        (
            "the way out",
            none.clone(),
            group(json!([]), open.clone()),
            &["lets `${Web}` reach `all traffic to 0.0.0.0/0`"],
        ),
        (
            "the way out by default",
            none.clone(),
            group(json!([]), Value::Null),
            &["lets `${Web}` reach `all traffic to 0.0.0.0/0`"],
        ),
        (
            "from another group",
            none.clone(),
            standing_alone(
                "Ingress",
                json!({"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "SourceSecurityGroupId": {"Fn::GetAtt": ["Lb", "GroupId"]}}),
            ),
            &["opens `${Web}` to `tcp/80 from ${Lb}`"],
        ),
        (
            "out to a prefix list, every port",
            none.clone(),
            standing_alone(
                "Egress",
                json!({"IpProtocol": "6", "FromPort": 0, "ToPort": 65535, "DestinationPrefixListId": "pl-1"}),
            ),
            &["lets `${Web}` reach `all tcp to pl-1`"],
        ),
    ];
    for (name, before, after, expected) in cases {
        assert_eq!(lines(&before, &after), expected, "{name}");
    }
}

#[test]
fn what_moves_between_resources_is_no_news() {
    let statement = allow(&json!("a:A"), &json!({"Fn::GetAtt": ["Jobs", "Arn"]}));
    let trust = json!({"Statement": {"Effect": "Allow", "Principal": {"Service": "s"}, "Action": "sts:AssumeRole"}});
    let jobs = json!({"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 1}});
    let role = |policies: Value| json!({"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust, "Policies": policies}});
    let held = |kind: &str, role: &str, jobs: &str| {
        let statement = allow(&json!("a:A"), &json!({"Fn::GetAtt": [jobs, "Arn"]}));
        json!({"Type": kind, "Properties": {"PolicyDocument": {"Statement": [statement]}, "Roles": [{"Ref": role}]}})
    };
    let inline =
        resources(&json!({"Jobs": jobs, "Role": role(json!([{"PolicyDocument": {"Statement": [statement]}}]))}));
    let policy =
        resources(&json!({"Jobs": jobs, "Role": role(Value::Null), "P": held("AWS::IAM::Policy", "Role", "Jobs")}));
    let managed = resources(
        &json!({"Jobs": jobs, "Role": role(Value::Null), "P": held("AWS::IAM::ManagedPolicy", "Role", "Jobs")}),
    );
    let renamed =
        resources(&json!({"Work": jobs, "Worker": role(Value::Null), "Q": held("AWS::IAM::Policy", "Worker", "Work")}));
    for (name, before, after) in [
        ("inline", &policy, &inline),
        ("managed", &inline, &managed),
        ("back", &managed, &policy),
        ("renamed", &policy, &renamed),
    ] {
        assert_eq!(lines(before, after), Vec::<String>::new(), "{name}");
    }
    let other =
        resources(&json!({"Work": jobs, "Worker": role(json!([])), "Q": held("AWS::IAM::Policy", "Worker", "Work")}));
    assert_eq!(
        lines(&policy, &other),
        ["allows `a:A` on `${Work.Arn}` to `${Worker}`", "lets `s` take on `${Worker}`"],
        "another role is news"
    );
}

#[test]
fn limits_that_fall_are_news_while_the_limited_stays() {
    let role = |properties: Value| resources(&json!({"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}));
    let bounded = role(json!({"PermissionsBoundary": "arn:b"}));
    assert_eq!(lines(&bounded, &role(json!({}))), ["no longer keeps `${Role}` within permissions boundary `arn:b`"]);
    assert_eq!(lines(&bounded, &resources(&json!({}))), Vec::<String>::new());
    assert_eq!(lines(&role(json!({})), &bounded), Vec::<String>::new());
}

#[test]
fn values_behind_conditions_and_parameters_count() {
    let rule =
        |cidr: &Value| json!({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": cidr, "GroupId": "sg-1"});
    let template = |office: &str, cidr: &Value| {
        json!({
            "Parameters": {"Office": {"Type": "String", "Default": office}},
            "Mappings": {"Nets": {"all": {"cidr": "0.0.0.0/0"}}},
            "Resources": {"Rule": {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": rule(cidr)}},
        })
    };
    let office = json!({"Ref": "Office"});
    assert_eq!(
        lines(&template("10.0.0.0/8", &office), &template("0.0.0.0/0", &office)),
        ["opens `sg-1` to `tcp/22 from 0.0.0.0/0`"]
    );
    assert_eq!(lines(&template("10.0.0.0/8", &office), &template("10.1.0.0/16", &office)), Vec::<String>::new());
    let mapped = json!({"Fn::FindInMap": ["Nets", "all", "cidr"]});
    assert_eq!(lines(&template("x", &json!("0.0.0.0/0")), &template("x", &mapped)), Vec::<String>::new());

    let either = policy(&json!([{"Fn::If": ["C", allow(&json!("a:A"), &json!("x")), {"Ref": "AWS::NoValue"}]}]));
    assert_eq!(lines(&policy(&json!([])), &either), ["allows `a:A` on `x` to `${TaskRole}`"]);
}

#[test]
fn anything_at_all_can_be_compared() {
    let odd = [
        json!(null),
        json!({"Resources": []}),
        json!({"Resources": {"A": 1, "B": {"Type": "AWS::IAM::Role", "Properties": 3}}}),
        resources(
            &json!({"P": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": "{", "Roles": {"Fn::Split": [",", {"Ref": "R"}]}}}}),
        ),
        resources(
            &json!({"G": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"SecurityGroupEgress": [7, {"CidrIp": {"Fn::Sub": 1}}]}}}),
        ),
        policy(
            &json!([{"Effect": "Allow", "Action": {"Fn::Sub": "${a"}, "Resource": {"Fn::Join": [1]}, "Condition": "x"}]),
        ),
    ];
    for before in &odd {
        for after in &odd {
            broadening(Some(before), after);
        }
        assert_eq!(lines(before, before), Vec::<String>::new());
    }
}

/// Our own stacks, as they are and with one statement less.
#[test]
fn golden_templates_open_what_they_say() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/snapshots");
    let read = |name: &str| {
        let text = std::fs::read_to_string(format!("{folder}/{name}.snap")).unwrap();
        let yaml = text.splitn(3, "---").nth(2).unwrap().to_owned();
        Template::parse(&yaml).unwrap().to_json()
    };
    let whole = read("stack_cognito_alb_fargate");
    let said: Vec<_> = broadening(None, &whole).into_iter().map(|it| it.what).collect();
    for expected in ["tcp/443 from 0.0.0.0/0`", "lets `ecs-tasks.amazonaws.com` take on `"] {
        assert!(said.iter().any(|line| line.contains(expected)), "{expected} in {said:#?}");
    }
    for name in ["stack_cognito_alb_fargate", "iam_role_with_everything", "security_groups", "ecs_service"] {
        let template = read(name);
        assert_eq!(lines(&template, &template), Vec::<String>::new(), "{name}");
        assert!(!broadening(None, &template).is_empty(), "{name}");
    }
}

#[test]
fn resources_that_are_no_objects_permit_nothing() {
    // A `null` under the same id was a rename of itself, without an end.
    for broken in
        [json!(null), json!([]), json!("x"), json!({"Type": null}), json!({"Type": "A::B::C", "Properties": null})]
    {
        let template = resources(&json!({"Topic": broken, "Other": broken}));
        assert_eq!(lines(&template, &template), [""; 0], "{broken}");
        assert_eq!(lines(&resources(&json!({"Old": broken})), &template), [""; 0], "{broken}");
    }
}
