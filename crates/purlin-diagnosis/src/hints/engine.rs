//! Hints for reasons of CloudFormation, of custom resources, and for error codes of handlers.

use super::{Hint, row};

pub(super) static CUSTOM: &[Hint] = &[
    row(
        "",
        &["did not receive a response from your custom resource"],
        "the function of the custom resource did not respond: it crashed, timed out, or cannot reach AWS from its VPC",
        "read the function's log for the request id in the reason: `purlin logs`",
    ),
    row(
        "",
        &["custom resource failed to stabilize"],
        "the function of the custom resource did not respond within CloudFormation's limit of an hour",
        "read the function's log; set `ServiceTimeout` to fail sooner",
    ),
    row(
        "",
        &["modifying service token is not allowed"],
        "the `ServiceToken` of a custom resource cannot change",
        "give the resource another logical id, which replaces it",
    ),
    row(
        "",
        &[
            "response object is too long|vendor response doesn't contain|invalid physicalresourceid|invalid response object",
        ],
        "CloudFormation does not take the response of the custom resource's function: it is larger than 4 KB, or lacks \
         an attribute",
        "correct the function's response",
    ),
    row(
        "",
        &["from custom resource|cloudwatch log stream"],
        "the function of the custom resource reported a failure",
        "see its message in the reason, and read its log: `purlin logs`",
    ),
];

pub(super) static ENGINE: &[Hint] = &[
    row(
        "",
        &["hook(s) failed|hook(s)/validation failed|hook failed"],
        "a CloudFormation hook of your account or organisation refused it",
        "change the resource to meet the hook's rule, or ask the hook's owner",
    ),
    row(
        "",
        &["export", "already exported"],
        "export names are unique in account and region, and another stack has this one",
        "rename the export, or delete the other stack",
    ),
    row(
        "",
        &[
            "cannot be deleted as it is in use|cannot update export|cannot be updated as it is in use|exports cannot be updated",
        ],
        "another stack imports the value, so it cannot be changed or deleted",
        "deploy that stack without the import first",
    ),
    row(
        "",
        &["no export named"],
        "the stack that exports this value is not deployed in this account and region",
        "deploy it first",
    ),
    row(
        "",
        &["custom-named resource requires replacing"],
        "a replacement creates the new resource before it deletes the old one, and both have the same name",
        "change the name together with this property, or remove the name, so that AWS chooses one",
    ),
    row(
        "",
        &["action denied by stack policy"],
        "the stack's policy protects this resource from updates",
        "undo the change, or deploy with a policy that allows it: `--stack-policy`",
    ),
    row(
        "",
        &["went into alarm|in alarm state|rollback trigger|alarm"],
        "an alarm of the stack's rollback configuration went off, so CloudFormation rolled back",
        "look at the alarm's graph around that time; an alarm that is on before the deployment stops it too",
    ),
    row(
        "",
        &["time exceeded the specified timeout|stack creation time"],
        "the stack's creation took longer than its time limit",
        "look at the resources still in progress, or allow more time",
    ),
    row(
        "AWS::CloudFormation::Wait",
        &["timed out|failed to receive"],
        "the signals that the wait condition expects did not arrive",
        "read `/var/log/cfn-init.log` on the instance, and check that it can reach AWS from its subnet",
    ),
    row(
        "",
        &["resource signal|failure signal|success signal"],
        "the instances did not signal success in time",
        "read `/var/log/cfn-init.log` on the instance, and check that it can reach AWS from its subnet",
    ),
    row(
        "",
        &["user initiated|requested by user"],
        "no resource failed: a user or tool cancelled the update, or requested its rollback",
        "search CloudTrail for `CancelUpdateStack` or `RollbackStack`",
    ),
    row(
        "",
        &["cannot be assumed|is invalid or cannot"],
        "CloudFormation cannot assume the stack's role: it is deleted, or does not trust CloudFormation",
        "create the role again with the same name and a trust policy for `cloudformation.amazonaws.com`, or use \
         another with `--role-arn`",
    ),
    row(
        "",
        &["dynamic reference|ssm parameter|parameters: [ssm|resolve:"],
        "the template refers to a parameter or secret that does not exist in this account and region",
        "create it first, or correct its name",
    ),
    row(
        "",
        &["templateurl|template url|s3 error"],
        "CloudFormation cannot read the template of a nested stack",
        "deploy with `purlin deploy`, which publishes the assets again; check that the role can read the bucket",
    ),
    row(
        "",
        &["circular dependency"],
        "the resources depend on each other in a circle",
        "refer to the other by name in one of them, or move the reference into a separate resource",
    ),
    row(
        "",
        &["updates are not allowed|update requires replacement|notupdatable|update to resource type|immutable"],
        "this property cannot change after the resource is created",
        "put the old value back, or give the resource another id, which replaces it and its data",
    ),
    row(
        "",
        &[
            "unrecognized resource type|not supported in this region|resource type",
            "not supported|unrecognized|not available|does not exist",
        ],
        "CloudFormation does not have this resource type in the region",
        "correct the type's name, or activate the type in the CloudFormation registry if it is a third party's",
    ),
    row(
        "",
        &[
            "validation failed|extraneous key|unsupported property|failed validation constraint|required key|property validation|#/",
        ],
        "a property does not match the resource type's schema",
        "see the schema: `purlin schema TYPE`",
    ),
    row(
        "",
        &["unauthorizedtaggingoperation|tagresource|createtags"],
        "the identity that deploys may create the resource but not tag it",
        "allow the service's tagging action too, such as `TagResource`",
    ),
    row(
        "",
        &["already exists in stack"],
        "another stack has a resource with this name",
        "rename one of them, or remove the name, so that AWS chooses one",
    ),
    row(
        "",
        &["embedded stack|resource is not in the state"],
        "a nested stack failed; the cause is in its events",
        "read the nested stack's events: `purlin events NAME`",
    ),
    row(
        "",
        &["already exists|already exist|alreadyexists|has been taken|already in use"],
        "a resource with this name exists outside this stack; an older stack may have retained it",
        "delete or import it, or remove the name, so that AWS chooses one",
    ),
    row(
        "",
        &["limit|maximum number", "exceed|reached|maximum"],
        "the account's quota is used up",
        "request a higher quota in Service Quotas, or delete unused resources",
    ),
    row(
        "",
        &["quota"],
        "the account's quota is used up",
        "request a higher quota in Service Quotas, or delete unused resources",
    ),
    row(
        "",
        &["rate exceeded|throttl|too many requests"],
        "too many requests to AWS, perhaps from concurrent deployments",
        "deploy again in a minute",
    ),
];

/// Error codes of resource handlers. They are the least specific, so they are tried last.
pub(super) static CODES: &[Hint] = &[
    row(
        "",
        &["accessdenied|access denied|unauthorizedoperation|invalidcredentials"],
        "the identity that deploys lacks a permission",
        "request the permission, or deploy with a role that has it: `--role-arn`",
    ),
    row(
        "",
        &["notstabilized|did not stabilize|exceeded attempts to wait"],
        "the resource was created, but did not become ready within CloudFormation's time limit",
        "look at the resource's state in its service's console",
    ),
    row(
        "",
        &["resourceconflict|concurrent|operation is already in progress|being modified"],
        "the resource was being changed by another operation",
        "deploy again in a minute; if it fails again, add a dependency (`DependsOn`) between the resources",
    ),
    row(
        "",
        &["notfound|does not exist|not found|nosuch|could not be found|cannot be found"],
        "the resource, or one it refers to, does not exist: deleted outside the stack, in another region, or created \
         moments ago",
        "create it again or correct the name; if the resource itself is deleted, deploy once without it, then with it",
    ),
    row(
        "",
        &[
            "networkfailure|serviceinternalerror|internalfailure|internal failure|internal error|service unavailable|serviceunavailable",
        ],
        "the service had an internal error",
        "deploy again; if it fails again, see https://health.aws.amazon.com",
    ),
    row(
        "",
        &["dependencyviolation|in use|dependent"],
        "a resource outside the stack still uses it",
        "find and remove what uses it, then run this again",
    ),
    row(
        "",
        &["invalidrequest|validationexception|invalidparameter|invalid parameter|malformed"],
        "the service does not take one of the values",
        "correct the value that the reason names; see the schema: `purlin schema TYPE`",
    ),
    row(
        "",
        &["generalserviceexception"],
        "the service refused the request; there is nothing but the reason",
        "search for the reason in the service's documentation; if it is an internal error, deploy again",
    ),
];
