//! The roles of the bootstrap stack: their trust policies and permissions.

use serde_json::{Value, json};

/// The actions for reading and writing objects that are encrypted with a key.
pub(super) const KEY_USE: [&str; 5] =
    ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"];

const BUCKET_READ: [&str; 3] = ["s3:GetObject*", "s3:GetBucket*", "s3:List*"];

/// The statement with the permissions for operations.
pub(super) const OPERATIONS_SID: &str = "Operations";

/// The statement of bootstrap stacks that gave these permissions without being asked.
pub(super) const FORMER_SID: &str = "Follow";

/// Permissions for commands that the CDK lacks, and to explain a running deployment. The deployment role has them only if
/// they were asked for: trusted accounts can read all logs with them.
const OPERATIONS: [&str; 16] = [
    "acm:DescribeCertificate",
    "acm:ListCertificates",
    "ecr:DescribeImages",
    "ecr:DescribeRepositories",
    "ecs:Describe*",
    "ecs:List*",
    "elasticloadbalancing:Describe*",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "route53:Get*",
    "route53:List*",
    "cognito-idp:DescribeUserPoolDomain",
    "cloudformation:CancelUpdateStack",
    "cloudformation:SetStackPolicy",
];

/// All roles with their policies, by logical id.
pub(super) fn all(with_operations: bool) -> Vec<(String, Value)> {
    let named = |id: &str, resource: Value| (id.to_owned(), resource);
    vec![
        named("FilePublishingRole", role("file-publishing", &["TrustedAccounts"], json!({}))),
        named("ImagePublishingRole", role("image-publishing", &["TrustedAccounts"], json!({}))),
        named("LookupRole", lookup()),
        named("FilePublishingRoleDefaultPolicy", files()),
        named("ImagePublishingRoleDefaultPolicy", images()),
        named("DeploymentActionRole", deploy(with_operations)),
        named("CloudFormationExecutionRole", execution()),
        // The name is misspelt in the CDK's template, and must stay the same.
        named("CdkBoostrapPermissionsBoundaryPolicy", boundary()),
    ]
}

/// A role for users and pipelines of this account and trusted accounts.
fn role(kind: &str, trusted: &[&str], more: Value) -> Value {
    let mut statements = trust(json!({"Ref": "AWS::AccountId"}));
    for list in trusted {
        let condition = format!("Has{list}");
        let of_list = trust(json!({"Ref": list}));
        statements.extend(of_list.into_iter().map(|statement| when(&condition, statement, nothing())));
    }
    let tag = json!({"Key": "aws-cdk:bootstrap-role", "Value": kind});
    let mut properties = json!({
        "RoleName": sub(&format!("cdk-${{Qualifier}}-{kind}-role-${{AWS::AccountId}}-${{AWS::Region}}")),
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": statements},
        "PermissionsBoundary": bounded_if("ShouldApplyPermissionsBoundaryToAllRoles"),
        "Tags": [tag],
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        properties[name] = value.clone();
    }
    json!({"Type": "AWS::IAM::Role", "Properties": properties})
}

/// Trust statements: assume the role without an external id, and tag the session.
fn trust(who: Value) -> Vec<Value> {
    let no_external_id = when("ShouldDenyExternalId", json!({"Null": {"sts:ExternalId": "true"}}), nothing());
    vec![
        json!({"Effect": "Allow", "Principal": {"AWS": who}, "Action": "sts:AssumeRole", "Condition": no_external_id}),
        json!({"Effect": "Allow", "Principal": {"AWS": who}, "Action": "sts:TagSession"}),
    ]
}

fn bounded_if(condition: &str) -> Value {
    let policy = "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/${InputPermissionsBoundary}";
    when(condition, sub(policy), nothing())
}

fn aws_policy(name: &str) -> Value {
    sub(&format!("arn:${{AWS::Partition}}:iam::aws:policy/{name}"))
}

fn document(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn lookup() -> Value {
    let deny = json!([{"Sid": "DontReadSecrets", "Effect": "Deny", "Action": ["kms:Decrypt"], "Resource": "*"}]);
    let more = json!({
        "ManagedPolicyArns": [aws_policy("ReadOnlyAccess")],
        "Policies": [{"PolicyName": "LookupRolePolicy", "PolicyDocument": document(deny)}],
    });
    role("lookup", &["TrustedAccountsForLookup", "TrustedAccounts"], more)
}

/// A policy that belongs to one role.
fn policy(kind: &str, role: &str, statements: Value) -> Value {
    let name = format!("cdk-${{Qualifier}}-{kind}-role-default-policy-${{AWS::AccountId}}-${{AWS::Region}}");
    json!({"Type": "AWS::IAM::Policy", "Properties": {
        "PolicyName": sub(&name),
        "Roles": [{"Ref": role}],
        "PolicyDocument": document(statements),
    }})
}

fn files() -> Value {
    let actions = [
        "s3:GetObject*",
        "s3:GetBucket*",
        "s3:GetEncryptionConfiguration",
        "s3:List*",
        "s3:DeleteObject*",
        "s3:PutObject*",
        "s3:Abort*",
    ];
    let given_key = "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/${FileAssetsBucketKmsKeyId}";
    let key = when("CreateNewKey", sub("${FileAssetsBucketEncryptionKey.Arn}"), sub(given_key));
    let statements = json!([
        {
            "Effect": "Allow",
            "Action": actions,
            "Resource": [sub("${StagingBucket.Arn}"), sub("${StagingBucket.Arn}/*")],
            // No access to a bucket of another account with the same name, after this one was deleted.
            "Condition": {"StringEquals": {"aws:ResourceAccount": [sub("${AWS::AccountId}")]}},
        },
        {"Effect": "Allow", "Action": KEY_USE, "Resource": key},
    ]);
    policy("file-publishing", "FilePublishingRole", statements)
}

fn images() -> Value {
    let actions = [
        "PutImage",
        "InitiateLayerUpload",
        "UploadLayerPart",
        "CompleteLayerUpload",
        "BatchCheckLayerAvailability",
        "DescribeRepositories",
        "DescribeImages",
        "BatchGetImage",
        "GetDownloadUrlForLayer",
    ];
    let actions = actions.map(|action| format!("ecr:{action}"));
    let statements = json!([
        {"Effect": "Allow", "Action": actions, "Resource": sub("${ContainerAssetsRepository.Arn}")},
        {"Effect": "Allow", "Action": ["ecr:GetAuthorizationToken"], "Resource": "*"},
    ]);
    policy("image-publishing", "ImagePublishingRole", statements)
}

fn deploy(with_operations: bool) -> Value {
    let mut statements = vec![json!({
        "Sid": "DeployPermissions",
        "Effect": "Allow",
        "Action": [
            "cloudformation:CreateChangeSet", "cloudformation:DeleteChangeSet", "cloudformation:ExecuteChangeSet",
            "cloudformation:CreateStack", "cloudformation:UpdateStack", "cloudformation:RollbackStack",
            "cloudformation:ContinueUpdateRollback",
        ],
        "Resource": "*",
    })];
    statements.extend(pipelines());
    statements.push(json!({
        "Effect": "Allow", "Action": "iam:PassRole", "Resource": sub("${CloudFormationExecutionRole.Arn}"),
    }));
    statements.extend(command_line());
    if with_operations {
        statements.push(json!({"Sid": OPERATIONS_SID, "Effect": "Allow", "Action": OPERATIONS, "Resource": "*"}));
    }
    let more = json!({
        "ManagedPolicyArns": [aws_policy("AWSCloudFormationReadOnlyAccess")],
        "Policies": [{"PolicyName": "default", "PolicyDocument": document(statements.into())}],
    });
    role("deploy", &["TrustedAccounts"], more)
}

/// Pipelines store artifacts in buckets of another account, whose policies must allow this too.
fn pipelines() -> [Value; 2] {
    let elsewhere = json!({"StringNotEquals": {"s3:ResourceAccount": {"Ref": "AWS::AccountId"}}});
    let by_bucket = json!({"StringEquals": {"kms:ViaService": sub("s3.${AWS::Region}.amazonaws.com")}});
    let actions = BUCKET_READ.into_iter().chain(["s3:Abort*", "s3:DeleteObject*", "s3:PutObject*"]);
    let actions: Vec<&str> = actions.collect();
    [
        json!({
            "Sid": "PipelineCrossAccountArtifactsBucket",
            "Effect": "Allow", "Action": actions, "Resource": "*", "Condition": elsewhere,
        }),
        json!({
            "Sid": "PipelineCrossAccountArtifactsKey",
            "Effect": "Allow", "Action": KEY_USE, "Resource": "*", "Condition": by_bucket,
        }),
    ]
}

/// Permissions of the command lines besides deploying.
fn command_line() -> [Value; 4] {
    let commands =
        ["cloudformation:DeleteStack", "cloudformation:UpdateTerminationProtection", "sts:GetCallerIdentity"];
    let bucket = json!([sub("${StagingBucket.Arn}"), sub("${StagingBucket.Arn}/*")]);
    let version = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${CdkBootstrapVersion}";
    let refactors = ["cloudformation:CreateStackRefactor", "cloudformation:ExecuteStackRefactor"];
    [
        json!({"Sid": "CliPermissions", "Effect": "Allow", "Action": commands, "Resource": "*"}),
        json!({"Sid": "CliStagingBucket", "Effect": "Allow", "Action": BUCKET_READ, "Resource": bucket}),
        json!({
            "Sid": "ReadVersion", "Effect": "Allow", "Action": ["ssm:GetParameter", "ssm:GetParameters"],
            "Resource": [sub(version)],
        }),
        json!({"Sid": "Refactor", "Effect": "Allow", "Action": refactors, "Resource": "*"}),
    ]
}

/// The role of CloudFormation: administrator access, unless policies are set or other accounts are trusted.
fn execution() -> Value {
    let by_default = when("HasTrustedAccounts", nothing(), json!([aws_policy("AdministratorAccess")]));
    let policies =
        when("HasCloudFormationExecutionPolicies", json!({"Ref": "CloudFormationExecutionPolicies"}), by_default);
    let service = json!({"Service": "cloudformation.amazonaws.com"});
    let trust = json!([{"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole"}]);
    json!({"Type": "AWS::IAM::Role", "Properties": {
        "RoleName": sub("cdk-${Qualifier}-cfn-exec-role-${AWS::AccountId}-${AWS::Region}"),
        "AssumeRolePolicyDocument": document(trust),
        "ManagedPolicyArns": policies,
        "PermissionsBoundary": bounded_if("PermissionsBoundarySet"),
    }})
}

/// The CDK's example of a permissions boundary: all actions, but new users and roles must have the boundary.
fn boundary() -> Value {
    let name = "cdk-${Qualifier}-permissions-boundary-${AWS::AccountId}-${AWS::Region}";
    let arn = sub(&format!("arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:policy/{name}"));
    let grants = ["CreateUser", "CreateRole", "PutRolePermissionsBoundary", "PutUserPermissionsBoundary"];
    let edits = ["CreatePolicyVersion", "DeletePolicy", "DeletePolicyVersion", "SetDefaultPolicyVersion"];
    let removals = ["DeleteUserPermissionsBoundary", "DeleteRolePermissionsBoundary"];
    let statements = json!([
        {"Sid": "ExplicitAllowAll", "Effect": "Allow", "Action": ["*"], "Resource": "*"},
        {
            "Sid": "DenyAccessIfRequiredPermBoundaryIsNotBeingApplied",
            "Effect": "Deny",
            "Action": grants.map(|action| format!("iam:{action}")),
            "Resource": "*",
            "Condition": {"StringNotEquals": {"iam:PermissionsBoundary": arn}},
        },
        {
            "Sid": "DenyPermBoundaryIAMPolicyAlteration",
            "Effect": "Deny",
            "Action": edits.map(|action| format!("iam:{action}")),
            "Resource": arn,
        },
        {
            "Sid": "DenyRemovalOfPermBoundaryFromAnyUserOrRole",
            "Effect": "Deny",
            "Action": removals.map(|action| format!("iam:{action}")),
            "Resource": "*",
        },
    ]);
    json!({"Type": "AWS::IAM::ManagedPolicy", "Condition": "ShouldCreatePermissionsBoundary", "Properties": {
        "ManagedPolicyName": sub(name),
        "Path": "/",
        "Description": "Bootstrap Permission Boundary",
        "PolicyDocument": document(statements),
    }})
}

pub(super) fn sub(text: &str) -> Value {
    json!({"Fn::Sub": text})
}

pub(super) fn when(condition: &str, then: Value, otherwise: Value) -> Value {
    json!({"Fn::If": [condition, then, otherwise]})
}

pub(super) fn nothing() -> Value {
    json!({"Ref": "AWS::NoValue"})
}
