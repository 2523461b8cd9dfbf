//! Actions and service principals that IAM does not know, and policies that are too large or replace each other.

use super::{AROUND, check, check_template};

/// A role with statements of its trust policy and of an inline policy.
fn role(trust: &str, inline: &str) -> String {
    format!(
        "AWS::IAM::Role {{AssumeRolePolicyDocument: {{Statement: [{trust}]}}, \
         Policies: [{{PolicyName: p, PolicyDocument: {{Statement: [{inline}]}}}}]}}"
    )
}

#[test]
fn actions() {
    const AT: &str = "Policies/0/PolicyDocument/Statement/0/Action";
    let table = [
        ("s3:GetObject", None),
        ("S3:getobject", None),
        ("'*'", None),
        ("'s3:*'", None),
        ("'s3:Get*'", None),
        ("'s3:Get*Object*Ver?ion'", None),
        ("!Sub 's3:${Text}'", None),
        ("own:Thing", None),
        ("rds-data:GetItems", None),
        ("s3:GetObjct", Some("is no action, s3:GetObject is")),
        ("s3:HeadObject", Some("is no action, s3:GetObject is")),
        ("s3:ListObjectsV2", Some("is no action")),
        ("'s3:Gte*'", Some("is no action, s3:Get* is")),
        ("'s3:Fetch*'", Some("is no action")),
        ("lamda:InvokeFunction", Some("is no action, lambda:InvokeFunction is")),
        ("dynamo:GetItem", Some("is no action, dynamodb:GetItem is")),
        ("dynamodbb:GetItem", Some("is no action, dynamodb:GetItem is")),
        ("ecs:RunTasks", Some("is no action, ecs:RunTask is")),
    ];
    for (action, expect) in table {
        let expect = expect.map(|what| format!("?{AT} {what}"));
        let statement = format!("{{Effect: Allow, Action: {action}, Resource: '*'}}");
        check(&role("", &statement), &expect.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let twice = "{Effect: Deny, NotAction: ['s3:GetObjct', 's3:GetObject', 's3:GetObjct'], Resource: '*'}";
    let at = "?Policies/0/PolicyDocument/Statement/0/NotAction/0 is no action, s3:GetObject is";
    check(&role("", twice), &[at]);
    check("AWS::SQS::Queue {Tags: [{Key: Effect, Value: 's3:GetObjct'}]}", &[]);
    check("Custom::Policy {ServiceToken: !Ref Text, Rules: [{Effect: Allow, Action: 's3:GetObjct'}]}", &[]);
    let branch = "!If [Prod, {Effect: Allow, Action: 's3:GetObjct', Resource: '*'}, !Ref 'AWS::NoValue']";
    check(&role("", branch), &["?Policies/0/PolicyDocument/Statement/0/Fn::If/1/Action is no action, s3:GetObject is"]);
}

#[test]
fn service_principals() {
    const AT: &str = "AssumeRolePolicyDocument/Statement/0/Principal/Service";
    let table = [
        ("lambda.amazonaws.com", None),
        ("Lambda.amazonaws.com", None),
        ("lambda.amazonaws.com.cn", None),
        ("ec2.amazonaws.eu", None),
        ("logs.eu-west-1.amazonaws.com", None),
        ("states.us-gov-west-1.amazonaws.com", None),
        ("ecs.application-autoscaling.amazonaws.com", None),
        ("verified-access.amazonaws.com", None),
        ("quantum-teapots.amazonaws.com", None),
        ("xyz.amazonaws.com", None),
        ("!Sub 'lamda.${AWS::URLSuffix}'", None),
        ("lamda.amazonaws.com", Some("lambda.amazonaws.com")),
        ("ecs-task.amazonaws.com", Some("ecs-tasks.amazonaws.com")),
        ("lamda.eu-west-1.amazonaws.com", Some("lambda.amazonaws.com")),
        ("cloudfornation.amazonaws.com.cn", Some("cloudformation.amazonaws.com")),
        ("lambda.amazonws.com", Some("lambda.amazonaws.com")),
        ("lambda.amazon.com", Some("lambda.amazonaws.com")),
        ("ec2", Some("ec2.amazonaws.com")),
    ];
    for (principal, expect) in table {
        let expect = expect.map(|name| format!("?{AT} is no principal, {name} is"));
        let statement = format!("{{Effect: Allow, Action: 'sts:AssumeRole', Principal: {{Service: {principal}}}}}");
        let inline = "{Effect: Allow, Action: 's3:GetObject', Resource: '*'}";
        check(&role(&statement, inline), &expect.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let permission = |action: &str, principal: &str| {
        format!("AWS::Lambda::Permission {{FunctionName: f, Action: '{action}', Principal: '{principal}'}}")
    };
    check(&permission("lambda:InvokeFunction", "events.amazonaws.com"), &[]);
    check(&permission("lambda:InvokeFunction", "111122223333"), &[]);
    check(
        &permission("lambda:InvokeFuntion", "event.amazonaws.com"),
        &["?Action is no action, lambda:InvokeFunction is", "?Principal is no principal, events.amazonaws.com is"],
    );
}

#[test]
fn sizes() {
    // A statement has 76 characters without white space, one with a reference 74 and the reference.
    let plain = "{Effect: Allow, Action: 's3:GetObject', Resource: 'arn:aws:s3:::a bucket/*'}";
    let reference = "{Effect: Allow, Action: 's3:GetObject', Resource: [a12345678901234, !GetAtt Other.Arn]}";
    let many = |statement: &str, count: usize| vec![statement; count].join(", ");
    let managed =
        |statements: &str| format!("AWS::IAM::ManagedPolicy {{PolicyDocument: {{Statement: [{statements}]}}}}");
    check(&managed(&many(plain, 70)), &[]);
    check(&managed(&many(plain, 90)), &["takes 6144 characters of policies"]);
    check(&managed(&many(reference, 65)), &["?takes 6144 characters of policies"]);
    check(&role("", &many(plain, 120)), &[]);
    check(&role("", &many(plain, 140)), &["takes 10240 characters of policies"]);
    // Several policies of one identity.
    let policy = |count: usize, rest: &str| {
        let statements = many(plain, count);
        format!(
            "Type: AWS::IAM::Policy\n    {rest}\n    Properties: {{PolicyName: p, Users: [!Ref R], PolicyDocument: {{Statement: [{statements}]}}}}"
        )
    };
    for (count, rest, expect) in [
        (12, "DependsOn: R", &[][..]),
        (15, "DependsOn: R", &["takes 2048 characters of policies"][..]),
        (15, "Condition: Prod", &[][..]),
    ] {
        let (one, two) = (policy(count, rest), policy(count, rest));
        check_template(
            &format!("{AROUND}  R:\n    Type: AWS::IAM::User\n  One:\n    {one}\n  Two:\n    {two}\n"),
            expect,
        );
    }
}

#[test]
fn sizes_of_policies_of_identities_elsewhere() {
    let statements =
        vec!["{Effect: Allow, Action: 's3:GetObject', Resource: 'arn:aws:s3:::a bucket/*'}"; 60].join(", ");
    let table = [
        ("Policy", "Users: [ada]", &["takes 2048 characters of policies"][..]),
        ("Policy", "Users: [!Ref Text], Roles: [a]", &["takes 2048 characters of policies"]),
        ("Policy", "Groups: [!ImportValue g]", &[]),
        ("Policy", "Roles: [a]", &[]),
        ("UserPolicy", "UserName: ada", &["takes 2048 characters of policies"]),
        ("RolePolicy", "RoleName: !Ref Text", &[]),
    ];
    for (kind, of, expect) in table {
        check(
            &format!("AWS::IAM::{kind} {{PolicyName: p, {of}, PolicyDocument: {{Statement: [{statements}]}}}}"),
            expect,
        );
    }
    check("AWS::IAM::ServiceLinkedRole {AWSServiceName: ecs.amazonaws.com}", &[]);
    check(
        "AWS::IAM::ServiceLinkedRole {AWSServiceName: autoscalling.amazonaws.com}",
        &["?AWSServiceName is no principal, autoscaling.amazonaws.com is"],
    );
}

#[test]
fn two_policies_of_one_resource() {
    let policy = |bucket: &str, rest: &str| {
        let document = "{Statement: [{Effect: Deny, Principal: '*', Action: 's3:*', Resource: '*'}]}";
        format!(
            "Type: AWS::S3::BucketPolicy\n    {rest}\n    Properties: {{Bucket: {bucket}, PolicyDocument: {document}}}"
        )
    };
    let table = [
        ("!Ref Bucket", "!Ref Bucket", "DependsOn: Bucket", &["Bucket has the policy Own"][..]),
        ("!Ref Bucket", "!Ref Text", "DependsOn: Bucket", &[]),
        ("!Ref Bucket", "!Ref Bucket", "Condition: Prod", &[]),
    ];
    for (one, two, rest, expect) in table {
        let (one, two) = (policy(one, "DependsOn: Bucket"), policy(two, rest));
        check_template(
            &format!("{AROUND}  Bucket:\n    Type: AWS::S3::Bucket\n  Own:\n    {one}\n  R:\n    {two}\n"),
            expect,
        );
    }
    let topic = "{Topics: [!Ref Other], PolicyDocument: {Statement: []}}";
    let topics = format!(
        "{AROUND}  Own: {{Type: 'AWS::SNS::TopicPolicy', Properties: {topic}}}\n  R: {{Type: 'AWS::SNS::TopicPolicy', Properties: {topic}}}\n"
    );
    check_template(&topics, &["?Topics has the policy Own"]);
}
