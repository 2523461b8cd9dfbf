//! Tests every row of the hint table with a reason of AWS: documented, or reported by users of other tools.

mod seen;

use std::collections::BTreeSet;

use purlin_diagnosis::hints::{all, for_refusal, of_failure};
use purlin_diagnosis::{Diagnosis, Failure};

use crate::seen::OF_SERVICES;

/// Reasons that do not come from a service: resource type, reason, and words of the hint.
const OF_ENGINE: &[(&str, &str, &str)] = &[
    // Custom resources
    (
        "Custom::Copy",
        "CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [1].",
        "purlin logs",
    ),
    ("Custom::Copy", "Custom Resource failed to stabilize in expected time", "ServiceTimeout"),
    ("Custom::Copy", "Modifying service token is not allowed.", "another logical id"),
    ("Custom::Copy", "Response object is too long.", "function's response"),
    (
        "Custom::Copy",
        "Received response status [FAILED] from custom resource. Message returned: no such file",
        "its log",
    ),
    // IAM
    (
        "AWS::Lambda::Function",
        "User: arn:aws:iam::1:user/u is not authorized to perform: iam:PassRole on resource: arn:x",
        "allow `iam:PassRole`",
    ),
    (
        "AWS::SQS::Queue",
        "User: x is not authorized to perform: sqs:CreateQueue with an explicit deny in a service control policy",
        "organisation's policies",
    ),
    ("AWS::IAM::Role", "Cannot exceed quota for PoliciesPerRole: 10", "fewer policies"),
    ("AWS::IAM::Policy", "Maximum policy size of 10240 bytes exceeded for role web", "managed policies"),
    ("AWS::S3::BucketPolicy", "Invalid principal in policy", "principal's ARN"),
    ("AWS::IAM::Policy", "Syntax errors in policy. (Error Code: MalformedPolicyDocument)", "check its statements"),
    ("AWS::IAM::Role", "Cannot delete entity, must detach all policies first.", "detach it"),
    (
        "AWS::IAM::ServiceLinkedRole",
        "Service role name AWSServiceRoleForECS has been taken in this account, please try a different suffix.",
        "remove it",
    ),
    ("AWS::SQS::Queue", "The security token included in the request is expired", "--role-arn"),
    ("AWS::IAM::Role", "The security token included in the request is invalid", "sign in with a role"),
    (
        "AWS::SQS::Queue",
        "API: sqs:CreateQueue User: arn:x is not authorized to perform: sqs:CreateQueue on resource: arn:y",
        "request the permission",
    ),
    // CloudFormation
    ("AWS::S3::Bucket", "The following hook(s) failed: [Corp::Buckets::Encrypted]", "ask the hook's owner"),
    ("AWS::CloudFormation::Stack", "Export with name Web:Vpc is already exported by stack Old.", "rename the export"),
    (
        "AWS::CloudFormation::Stack",
        "Export Web:Vpc cannot be updated as it is in use by Api",
        "deploy that stack without the import",
    ),
    ("AWS::EC2::Subnet", "No export named Web:Vpc found. Rollback requested by user.", "deploy it first"),
    (
        "AWS::SQS::Queue",
        "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename jobs and update the \
         stack again.",
        "change the name",
    ),
    (
        "AWS::RDS::DBInstance",
        "Action denied by stack policy: Statement [#1] does not allow [Update:*]",
        "--stack-policy",
    ),
    (
        "AWS::CloudFormation::Stack",
        "Alarm 'arn:aws:cloudwatch:eu-west-1:1:alarm:errors' went into ALARM state",
        "alarm's graph",
    ),
    ("AWS::CloudFormation::Stack", "Stack creation time exceeded the specified timeout", "more time"),
    (
        "AWS::CloudFormation::WaitCondition",
        "WaitCondition timed out. Received 0 conditions when expecting 1",
        "cfn-init.log",
    ),
    (
        "AWS::AutoScaling::AutoScalingGroup",
        "Failed to receive 1 resource signal(s) within the specified duration",
        "cfn-init.log",
    ),
    ("AWS::CloudFormation::Stack", "User Initiated", "CancelUpdateStack"),
    (
        "AWS::CloudFormation::Stack",
        "Role arn:aws:iam::1:role/deploy is invalid or cannot be assumed",
        "cloudformation.amazonaws.com",
    ),
    (
        "AWS::ECS::TaskDefinition",
        "Could not resolve the dynamic reference {{resolve:ssm:/web/port}}",
        "create it first",
    ),
    (
        "AWS::CloudFormation::Stack",
        "TemplateURL must reference a valid S3 object to which you have access.",
        "publishes the assets",
    ),
    ("AWS::CloudFormation::Stack", "Circular dependency between resources: [A, B]", "refer to the other by name"),
    ("AWS::Foo::Bar", "Resource type AWS::Foo::Bar is not supported in this region", "registry"),
    (
        "AWS::SQS::Queue",
        "Properties validation failed for resource Jobs with message: #: extraneous key [Nam] is not permitted",
        "purlin schema",
    ),
    (
        "AWS::EFS::FileSystem",
        "Update to resource type AWS::EFS::FileSystem is not supported.",
        "put the old value back",
    ),
    ("AWS::SQS::Queue", "denied (HandlerErrorCode: UnauthorizedTaggingOperation)", "TagResource"),
    ("AWS::SQS::Queue", "jobs already exists in stack arn:aws:cloudformation:eu-west-1:1:stack/Old/1", "rename one"),
    ("AWS::CloudFormation::Stack", "Embedded stack arn:x was not successfully created", "purlin events"),
    (
        "AWS::SQS::Queue",
        "Resource of type 'AWS::SQS::Queue' with identifier 'jobs' already exists.",
        "delete or import",
    ),
    ("AWS::Foo::Bar", "The maximum number of bars has been reached.", "Service Quotas"),
    ("AWS::Foo::Bar", "You exceeded your quota of bars", "Service Quotas"),
    ("AWS::Foo::Bar", "Rate exceeded", "in a minute"),
    // Codes of handlers
    ("AWS::Foo::Bar", "no (HandlerErrorCode: AccessDenied)", "request the permission"),
    ("AWS::Foo::Bar", "no (HandlerErrorCode: ServiceLimitExceeded)", "Service Quotas"),
    ("AWS::Foo::Bar", "Exceeded attempts to wait (HandlerErrorCode: NotStabilized)", "service's console"),
    ("AWS::Foo::Bar", "no (HandlerErrorCode: ResourceConflict)", "DependsOn"),
    ("AWS::Foo::Bar", "no (HandlerErrorCode: NotFound)", "correct the name"),
    ("AWS::Foo::Bar", "Internal Failure", "health.aws.amazon.com"),
    ("AWS::Foo::Bar", "bar-1 is in use", "what uses it"),
    ("AWS::Foo::Bar", "no (HandlerErrorCode: InvalidRequest)", "purlin schema"),
    ("AWS::Foo::Bar", "no (HandlerErrorCode: GeneralServiceException)", "documentation"),
    ("AWS::Foo::Bar", "no (HandlerErrorCode: NotUpdatable)", "put the old value back"),
    ("AWS::Foo::Bar", "no (HandlerErrorCode: Throttling)", "in a minute"),
    ("AWS::Foo::Bar", "no (HandlerErrorCode: InternalFailure)", "deploy again"),
    ("AWS::Foo::Bar", "no (HandlerErrorCode: AlreadyExists)", "delete or import"),
];

fn seen() -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str)> {
    OF_SERVICES.iter().chain(OF_ENGINE)
}

#[test]
fn every_listed_reason_has_its_hint() {
    let wrong: Vec<String> = seen()
        .filter_map(|(kind, reason, words)| match of_failure(kind, reason) {
            Some(hint) if hint.advice.contains(words) => None,
            Some(hint) => Some(format!("{kind}: {reason}\n  {} ({:?})", hint.advice, hint.patterns)),
            None => Some(format!("{kind}: {reason}\n  no hint")),
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), seen().count(), wrong.join("\n"));
}

#[test]
fn every_row_is_reached_by_a_listed_reason() {
    let found: Vec<_> = seen().filter_map(|(kind, reason, _)| of_failure(kind, reason)).collect();
    let rows: Vec<_> = all().collect();
    let missed: Vec<_> = rows.iter().filter(|row| !found.iter().any(|hint| std::ptr::eq(**row, *hint))).collect();
    assert!(missed.is_empty(), "{missed:#?}");
    assert!(rows.len() >= 60, "{} rows", rows.len());
}

#[test]
fn patterns_are_in_lower_case_and_texts_have_no_period() {
    for row in all() {
        for pattern in row.patterns {
            assert_eq!(*pattern, pattern.to_ascii_lowercase(), "reasons are compared in lower case");
        }
        for text in [row.means, row.advice] {
            assert!(!text.ends_with('.') && !text.is_empty() && !text.contains("  "), "{text}");
        }
    }
    let keys: BTreeSet<_> = all().map(|row| (row.kind, row.patterns)).collect();
    assert_eq!(keys.len(), all().count(), "no row is there twice");
}

#[test]
fn an_unknown_reason_has_no_hint() {
    assert_eq!(of_failure("AWS::SQS::Queue", "odd"), None);
}

#[test]
fn refused_templates_have_hints() {
    for (message, words) in [
        ("Requires capabilities : [CAPABILITY_AUTO_EXPAND]", "macro"),
        ("Parameters: [Size] must have values", "--parameters"),
        (
            "The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck]. To troubleshoot Early \
             Validation errors, use the DescribeEvents API for detailed failure information.",
            "outside the stack",
        ),
    ] {
        assert!(for_refusal(message).expect(message).contains(words), "{message}");
    }
}

#[test]
fn a_hint_for_the_tasks_replaces_the_general_hint_of_the_service() {
    let breaker = "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'.";
    let image = "3 tasks stopped: CannotPullContainerError: pull image manifest has been retried 1 time(s)";
    for (reason, facts, words) in [
        (breaker, vec![], "why the tasks stopped"),
        (breaker, vec!["`web:7`: 0 of 2 tasks run", image], "image's name and tag"),
        (breaker, vec!["  the last lines of `web`:", "    CannotPullContainerError"], "why the tasks stopped"),
        ("The container web did not have a container port 80 defined.", vec![image], "port mappings"),
    ] {
        let resource_type = "AWS::ECS::Service".to_owned();
        let service = Failure { logical_id: "S".into(), resource_type, reason: reason.into(), ..Failure::default() };
        let mut found = Diagnosis { cause: Some(service), ..Diagnosis::default() };
        found.add_facts("S", facts.iter().map(|fact| (*fact).to_owned()));
        assert!(found.cause.expect("the cause").hint.expect("a hint").contains(words), "{reason} {facts:?}");
    }
}
