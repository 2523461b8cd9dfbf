//! Hints for reasons of storage: S3, ECR, secrets, keys, logs, queues, databases.

use super::{Hint, row};

pub(super) static STORAGE: &[Hint] = &[
    row(
        "AWS::S3::Bucket",
        &["not empty|bucketnotempty"],
        "S3 deletes only empty buckets, and old object versions count",
        "delete all objects with all their versions, or retain the bucket, then run this again",
    ),
    row(
        "AWS::S3::Bucket",
        &["conflicting conditional operation|operationaborted"],
        "a bucket with this name is being created or deleted, which can take minutes in S3",
        "try again in some minutes",
    ),
    row(
        "AWS::S3::BucketPolicy",
        &["public|access denied|accessdenied|not authorized"],
        "the policy makes the bucket public, which `BlockPublicPolicy` forbids, or you may not set the policy",
        "narrow the policy, or turn `BlockPublicPolicy` off if the bucket is meant to be public",
    ),
    row(
        "AWS::S3::Bucket",
        &["destination configurations"],
        "S3 has no permission to notify the function, queue or topic (yet)",
        "allow it, and make the bucket depend on that permission or policy",
    ),
    row(
        "AWS::S3::Bucket",
        &["already exist|alreadyexists|alreadyowned"],
        "bucket names are unique across all AWS accounts, and this one is taken, perhaps by a bucket that an older \
         stack retained",
        "choose another name, import the bucket, or remove the name, so that AWS chooses one",
    ),
    row(
        "AWS::S3::Bucket",
        &["uppercase|bucket name"],
        "a bucket name has 3 to 63 lower-case letters, digits, dots and hyphens",
        "choose another name, or remove it, so that AWS chooses one",
    ),
    row(
        "AWS::ECR::Repository",
        &["still contains images|not empty|repositorynotempty"],
        "ECR deletes only empty repositories",
        "delete its images, or set `EmptyOnDelete`, then run this again",
    ),
    row(
        "AWS::SecretsManager::",
        &["scheduled for deletion"],
        "a deleted secret keeps its name for 7 to 30 days",
        "run `aws secretsmanager delete-secret --force-delete-without-recovery --secret-id NAME`, restore it, or \
         choose another name",
    ),
    row(
        "AWS::SecretsManager::",
        &["resource policy|blockpublicpolicy"],
        "the secret's policy makes it public, or has a principal that does not exist",
        "narrow the policy, or correct the principal",
    ),
    row(
        "",
        &["kms", "pending deletion|pendingdeletion|kmsinvalidstate|disabled"],
        "the key is disabled or scheduled for deletion",
        "enable it, or cancel its deletion, in the KMS console",
    ),
    row(
        "AWS::KMS::Key",
        &["update the key policy in the future|lockout"],
        "with this policy no one could change the key's policy again, so KMS refuses it",
        "allow `kms:PutKeyPolicy` for the account's root or the identity that deploys",
    ),
    row(
        "",
        &["kms", "access to kms is not allowed|not authorized|accessdenied"],
        "the key's policy does not allow this service or identity",
        "allow it in the key's policy; permissions of the identity alone are not enough",
    ),
    row(
        "AWS::Logs::LogGroup",
        &["already exists|alreadyexists"],
        "the log group exists: an older stack retained it, or the program created it when it first ran",
        "delete the log group, import it, or choose another name",
    ),
    row(
        "AWS::Logs::",
        &["limit"],
        "an account has at most ten resource policies of CloudWatch Logs in a region",
        "delete unused ones: `aws logs describe-resource-policies` lists them",
    ),
    row(
        "AWS::SQS::Queue",
        &["60 seconds"],
        "the name of a deleted queue is free after a minute",
        "deploy again in a minute",
    ),
    row(
        "AWS::DynamoDB::",
        &["more than one gsi|more than one global secondary index|only one index"],
        "an update of a table can create or delete one index",
        "deploy the indexes one after the other",
    ),
    row(
        "AWS::DynamoDB::",
        &["deletion protection"],
        "deletion protection keeps the table",
        "if the data may be deleted, turn the protection off and deploy that first",
    ),
    row(
        "AWS::RDS::",
        &["deletion protection"],
        "deletion protection keeps the database",
        "if the data may be deleted, turn the protection off and deploy that first",
    ),
    row(
        "AWS::RDS::",
        &["masteruserpassword|masterusername|reserved word"],
        "the engine does not take this name or password: some names are reserved, and a password has no `/`, `@`, `\"` \
         or space",
        "choose another name or password, or set `ManageMasterUserPassword`, so that RDS creates the password",
    ),
    row(
        "AWS::RDS::",
        &["cannot find version|invalid db engine|engine version|not supported"],
        "RDS does not offer this version or size in the region, or cannot upgrade to it from the present one",
        "choose an offered version: `aws rds describe-db-engine-versions --engine ENGINE` lists them",
    ),
    row(
        "AWS::RDS::DBSubnetGroup",
        &["availability zone"],
        "a database needs subnets in at least two availability zones",
        "add a subnet in another availability zone",
    ),
];
