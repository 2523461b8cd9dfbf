//! The template of the bootstrap stack. Names of parameters, resources and outputs, and the permissions, must stay
//! compatible with all apps synthesized for the CDK's bootstrap stack.

use serde_json::{Map, Value, json};

use super::roles::{self, nothing, sub, when};

/// The version of the CDK's template that this one is compatible with.
pub const VERSION: u32 = 33;

/// The variant of the CDK's template. Other values are customized templates.
pub(super) const VARIANT: &str = "AWS CDK: Default Resources";

/// The template. With operations, the deployment role has more permissions than the CDK's: for `logs`, for the state of
/// services, certificates and records while they are deployed, to cancel an update, and to set a stack policy.
pub fn template(with_operations: bool) -> Value {
    let mut resources = Map::new();
    resources.extend(key());
    resources.extend(bucket());
    resources.insert("ContainerAssetsRepository".to_owned(), repository());
    resources.extend(roles::all(with_operations));
    let version = json!({
        "Type": "String",
        "Name": sub("/cdk-bootstrap/${Qualifier}/version"),
        "Description": sub("The version of the bootstrap stack (${BootstrapVariant})"),
        "Value": VERSION.to_string(),
    });
    resources.insert("CdkBootstrapVersion".to_owned(), json!({"Type": "AWS::SSM::Parameter", "Properties": version}));
    json!({
        "Description": "What Purlin and the AWS CDK need in an account and region to deploy to it",
        "Parameters": parameters(),
        "Conditions": conditions(),
        "Resources": resources,
        "Outputs": outputs(),
    })
}

fn parameters() -> Value {
    let list = |what: &str| json!({"Type": "CommaDelimitedList", "Default": "", "Description": what});
    let text = |what: &str| json!({"Type": "String", "Default": "", "Description": what});
    let choice = |default: &str, what: &str| json!({"Type": "String", "Default": default, "AllowedValues": ["true", "false"], "Description": what});
    json!({
        "TrustedAccounts": list("Accounts that may publish assets and deploy stacks here"),
        "TrustedAccountsForLookup": list("Accounts that may look things up here"),
        "CloudFormationExecutionPolicies": list("ARNs of the managed policies that say what deployments may do"),
        "FileAssetsBucketName": text("The name of the bucket for files; made of qualifier, account and region if empty"),
        "FileAssetsBucketKmsKeyId": text("The bucket's key: empty for a new one, AWS_MANAGED_KEY, or an id"),
        "ContainerAssetsRepositoryName": text("The name of the repository for images; made up like the bucket's if empty"),
        "Qualifier": {
            "Type": "String",
            "Default": super::QUALIFIER,
            "AllowedPattern": "[A-Za-z0-9_-]{1,10}",
            "ConstraintDescription": "1 to 10 letters, digits, hyphens and underscores",
            "Description": "Part of all names, so that an account and region can have several bootstrap stacks",
        },
        "PublicAccessBlockConfiguration": choice("true", "Whether the bucket refuses to be made public"),
        "InputPermissionsBoundary": text("The name of a managed policy that bounds what deployments may do"),
        "UseExamplePermissionsBoundary": choice("false", "Whether the CDK's example of a boundary is made"),
        "ApplyPermissionsBoundaryToAllRoles": choice("false", "Whether the boundary bounds all roles of this stack"),
        "BootstrapVariant": {
            "Type": "String",
            "Default": VARIANT,
            "Description": "Where the template comes from: tools leave a stack of other origin alone",
        },
        "DenyExternalId": choice("true", "Whether the roles refuse callers that bring an external id"),
    })
}

fn conditions() -> Value {
    let is = |value: &str, parameter: &str| json!({"Fn::Equals": [value, {"Ref": parameter}]});
    let has = |parameter: &str| json!({"Fn::Not": [is("", parameter)]});
    let has_any = |parameter: &str| json!({"Fn::Not": [{"Fn::Equals": ["", {"Fn::Join": ["", {"Ref": parameter}]}]}]});
    let to_all = is("true", "ApplyPermissionsBoundaryToAllRoles");
    json!({
        "HasTrustedAccounts": has_any("TrustedAccounts"),
        "HasTrustedAccountsForLookup": has_any("TrustedAccountsForLookup"),
        "HasCloudFormationExecutionPolicies": has_any("CloudFormationExecutionPolicies"),
        "HasCustomFileAssetsBucketName": has("FileAssetsBucketName"),
        "HasCustomContainerAssetsRepositoryName": has("ContainerAssetsRepositoryName"),
        "CreateNewKey": is("", "FileAssetsBucketKmsKeyId"),
        "UseAwsManagedKey": is("AWS_MANAGED_KEY", "FileAssetsBucketKmsKeyId"),
        "UsePublicAccessBlockConfiguration": is("true", "PublicAccessBlockConfiguration"),
        "ShouldCreatePermissionsBoundary": is("true", "UseExamplePermissionsBoundary"),
        "PermissionsBoundarySet": has("InputPermissionsBoundary"),
        "ShouldApplyPermissionsBoundaryToAllRoles": {"Fn::And": [{"Condition": "PermissionsBoundarySet"}, to_all]},
        "ShouldDenyExternalId": is("true", "DenyExternalId"),
    })
}

fn key() -> [(String, Value); 2] {
    let administers = [
        "Create*",
        "Describe*",
        "Enable*",
        "List*",
        "Put*",
        "Update*",
        "Revoke*",
        "Disable*",
        "Get*",
        "Delete*",
        "ScheduleKeyDeletion",
        "CancelKeyDeletion",
        "GenerateDataKey",
        "TagResource",
        "UntagResource",
    ];
    let administers = administers.map(|action| format!("kms:{action}"));
    // Callers from this account, through S3.
    let by_bucket = json!({"StringEquals": {
        "kms:CallerAccount": {"Ref": "AWS::AccountId"},
        "kms:ViaService": [sub("s3.${AWS::Region}.amazonaws.com")],
    }});
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": {"Ref": "AWS::AccountId"}}, "Action": administers, "Resource": "*"},
        {
            "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": roles::KEY_USE, "Resource": "*",
            "Condition": by_bucket,
        },
        {
            "Effect": "Allow", "Principal": {"AWS": sub("${FilePublishingRole.Arn}")}, "Action": roles::KEY_USE,
            "Resource": "*",
        },
    ]});
    let key = json!({
        "Type": "AWS::KMS::Key",
        "Condition": "CreateNewKey",
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Delete",
        "Properties": {"KeyPolicy": policy},
    });
    let alias = json!({
        "Type": "AWS::KMS::Alias",
        "Condition": "CreateNewKey",
        "Properties": {
            "AliasName": sub("alias/cdk-${Qualifier}-assets-key"),
            "TargetKeyId": {"Ref": "FileAssetsBucketEncryptionKey"},
        },
    });
    [("FileAssetsBucketEncryptionKey".to_owned(), key), ("FileAssetsBucketEncryptionKeyAlias".to_owned(), alias)]
}

fn bucket() -> [(String, Value); 2] {
    let given_key = when("UseAwsManagedKey", nothing(), sub("${FileAssetsBucketKmsKeyId}"));
    let key = when("CreateNewKey", sub("${FileAssetsBucketEncryptionKey.Arn}"), given_key);
    let encryption = json!({"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}});
    let private = json!({
        "BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true,
    });
    let name = when(
        "HasCustomFileAssetsBucketName",
        sub("${FileAssetsBucketName}"),
        sub("cdk-${Qualifier}-assets-${AWS::AccountId}-${AWS::Region}"),
    );
    let rules = json!([
        {
            "Id": "CleanupOldVersions", "Status": "Enabled",
            "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
        },
        {
            "Id": "AbortIncompleteMultipartUploads", "Status": "Enabled",
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        },
    ]);
    let bucket = json!({
        "Type": "AWS::S3::Bucket",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "BucketName": name,
            "BucketEncryption": {"ServerSideEncryptionConfiguration": [encryption]},
            "PublicAccessBlockConfiguration": when("UsePublicAccessBlockConfiguration", private, nothing()),
            "VersioningConfiguration": {"Status": "Enabled"},
            "LifecycleConfiguration": {"Rules": rules},
        },
    });
    [("StagingBucket".to_owned(), bucket), ("StagingBucketPolicy".to_owned(), bucket_policy())]
}

fn bucket_policy() -> Value {
    let statement = json!({
        "Sid": "AllowSSLRequestsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [sub("${StagingBucket.Arn}"), sub("${StagingBucket.Arn}/*")],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    });
    let document = json!({"Id": "AccessControl", "Version": "2012-10-17", "Statement": [statement]});
    json!({
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {"Bucket": {"Ref": "StagingBucket"}, "PolicyDocument": document},
    })
}

fn repository() -> Value {
    let expire = json!({"rules": [{
        "rulePriority": 1,
        "description": "Images without a tag are of no use: nothing here names one by its digest",
        "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 365},
        "action": {"type": "expire"},
    }]});
    let pull = |sid: &str, service: &str, actions: &[&str], source: &str| {
        json!({
            "Sid": sid,
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": actions,
            "Condition": {"StringLike": {"aws:sourceArn": sub(source)}},
        })
    };
    let (get, layers) = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer");
    let function = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:*";
    let application = "arn:${AWS::Partition}:emr-serverless:${AWS::Region}:${AWS::AccountId}:/applications/*";
    let name = when(
        "HasCustomContainerAssetsRepositoryName",
        sub("${ContainerAssetsRepositoryName}"),
        sub("cdk-${Qualifier}-container-assets-${AWS::AccountId}-${AWS::Region}"),
    );
    let emr = &[get, layers, "ecr:DescribeImages"];
    json!({"Type": "AWS::ECR::Repository", "Properties": {
        "RepositoryName": name,
        "ImageTagMutability": "IMMUTABLE",
        "LifecyclePolicy": {"LifecyclePolicyText": expire.to_string()},
        "RepositoryPolicyText": {"Version": "2012-10-17", "Statement": [
            pull("LambdaECRImageRetrievalPolicy", "lambda.amazonaws.com", &[get, layers], function),
            pull("EmrServerlessImageRetrievalPolicy", "emr-serverless.amazonaws.com", emr, application),
        ]},
    }})
}

fn outputs() -> Value {
    let output = |what: &str, value: Value| json!({"Description": what, "Value": value});
    let key = when("CreateNewKey", sub("${FileAssetsBucketEncryptionKey.Arn}"), sub("${FileAssetsBucketKmsKeyId}"));
    let mut key = output("The key of the bucket for files", key);
    // Stacks of early CDK apps import it; Purlin finds the stack by it, independent of the stack's name.
    key["Export"] = json!({"Name": sub("CdkBootstrap-${Qualifier}-FileAssetKeyArn")});
    json!({
        "BucketName": output("The bucket for files", sub("${StagingBucket}")),
        "BucketDomainName": output("The host name of that bucket", sub("${StagingBucket.RegionalDomainName}")),
        "FileAssetKeyArn": key,
        "ImageRepositoryName": output("The repository for images", sub("${ContainerAssetsRepository}")),
        "BootstrapVersion": output("The version of this stack, as apps require it", json!(VERSION.to_string())),
    })
}
