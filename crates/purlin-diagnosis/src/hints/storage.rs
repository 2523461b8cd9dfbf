//! Reasons of what keeps data: S3, ECR, secrets, keys, logs, queues, databases.

use super::{Known, row};

pub(super) static STORAGE: &[Known] = &[
    row(
        "AWS::S3::Bucket",
        &["not empty|bucketnotempty"],
        "S3 deletes empty buckets alone, and old versions count",
        "empty the bucket with all its versions, or retain it, then run this again",
    ),
    row(
        "AWS::S3::Bucket",
        &["conflicting conditional operation|operationaborted"],
        "a bucket of that name is being made or deleted at this moment, and S3 takes its time",
        "try again in some minutes",
    ),
    row(
        "AWS::S3::BucketPolicy",
        &["public|access denied|accessdenied|not authorized"],
        "the policy opens the bucket to everybody, which the block on public access forbids, or you may not set it",
        "narrow the policy down, or lift `BlockPublicPolicy` if it is meant",
    ),
    row(
        "AWS::S3::Bucket",
        &["destination configurations"],
        "S3 may not call the function, queue or topic it is to notify (yet)",
        "permit it, and let the bucket depend on that permission or policy",
    ),
    row(
        "AWS::S3::Bucket",
        &["already exist|alreadyexists|alreadyowned"],
        "bucket names are shared by everybody in the world, and this one is taken, perhaps by a bucket that an older \
         stack retained",
        "leave the name to AWS, choose another, or import the bucket",
    ),
    row(
        "AWS::S3::Bucket",
        &["uppercase|bucket name"],
        "bucket names have lower-case letters, digits, dots and hyphens, 3 to 63 of them",
        "choose another name, or leave it to AWS",
    ),
    row(
        "AWS::ECR::Repository",
        &["still contains images|not empty|repositorynotempty"],
        "ECR deletes empty repositories alone",
        "delete its images, or say `EmptyOnDelete`, then run this again",
    ),
    row(
        "AWS::SecretsManager::",
        &["scheduled for deletion"],
        "a deleted secret keeps its name for 7 to 30 days",
        "run `aws secretsmanager delete-secret --force-delete-without-recovery --secret-id NAME`, restore it, or leave \
         the name to AWS",
    ),
    row(
        "AWS::SecretsManager::",
        &["resource policy|blockpublicpolicy"],
        "the secret's policy opens it to everybody, or names a principal that does not exist",
        "narrow the policy down",
    ),
    row(
        "",
        &["kms", "pending deletion|pendingdeletion|kmsinvalidstate|disabled"],
        "the key is disabled or about to be deleted, and what it encrypts cannot be used",
        "enable it, or cancel its deletion, in the KMS console",
    ),
    row(
        "AWS::KMS::Key",
        &["update the key policy in the future|lockout"],
        "with this policy nobody could ever change the key's policy again, so KMS refuses it",
        "let the account's root, or whoever deploys, have `kms:PutKeyPolicy`",
    ),
    row(
        "",
        &["kms", "access to kms is not allowed|not authorized|accessdenied"],
        "the key's policy does not let this service or identity use it",
        "permit it in the key's policy; permissions of the identity alone are not enough",
    ),
    row(
        "AWS::Logs::LogGroup",
        &["already exists|alreadyexists"],
        "a log group of that name is there: an older stack retained it, or the program made it itself when it first ran",
        "delete the log group, import it, or choose another name",
    ),
    row(
        "AWS::Logs::",
        &["limit"],
        "a region has ten resource policies of CloudWatch Logs",
        "delete unused ones: `aws logs describe-resource-policies`",
    ),
    row(
        "AWS::SQS::Queue",
        &["60 seconds"],
        "a queue's name is free a minute after the queue was deleted",
        "deploy again in a minute",
    ),
    row(
        "AWS::DynamoDB::",
        &["more than one gsi|more than one global secondary index|only one index"],
        "a table takes one new or removed index per update",
        "deploy the indexes one after the other",
    ),
    row(
        "AWS::DynamoDB::",
        &["deletion protection"],
        "deletion protection keeps the table",
        "if the data may go, turn the protection off and deploy that before",
    ),
    row(
        "AWS::RDS::",
        &["deletion protection"],
        "deletion protection keeps the database",
        "if the data may go, turn the protection off and deploy that before",
    ),
    row(
        "AWS::RDS::",
        &["masteruserpassword|masterusername|reserved word"],
        "the engine does not take this name or password: some names are reserved, and a password has no `/`, `@`, `\"` \
         or space",
        "choose others, or let RDS keep the password in Secrets Manager",
    ),
    row(
        "AWS::RDS::",
        &["cannot find version|invalid db engine|engine version|not supported"],
        "RDS does not offer this version or size in the region, or cannot go to it from the one there is",
        "list those there are: `aws rds describe-db-engine-versions --engine ENGINE`",
    ),
    row(
        "AWS::RDS::DBSubnetGroup",
        &["availability zone"],
        "a database's subnets lie in two zones at least",
        "add a subnet in another availability zone",
    ),
];
