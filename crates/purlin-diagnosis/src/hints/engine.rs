//! Reasons of CloudFormation itself, of custom resources, and the codes of handlers.

use super::{Known, row};

pub(super) static CUSTOM: &[Known] = &[
    row(
        "",
        &["did not receive a response from your custom resource"],
        "the function of the custom resource never answered: it crashed, timed out, or has no way out of its VPC",
        "read the function's log for the request id that AWS names: `purlin logs`",
    ),
    row(
        "",
        &["custom resource failed to stabilize"],
        "the function of the custom resource never answered, and CloudFormation waited for an hour",
        "read the function's log; set `ServiceTimeout` so that the next failure comes sooner",
    ),
    row(
        "",
        &["modifying service token is not allowed"],
        "a custom resource keeps the function it was made with",
        "give the resource another logical id",
    ),
    row(
        "",
        &[
            "response object is too long|vendor response doesn't contain|invalid physicalresourceid|invalid response object",
        ],
        "the function of the custom resource answers what CloudFormation does not take: too much (4 KB), or without an \
         attribute that is asked for",
        "correct the function's answer",
    ),
    row(
        "",
        &["from custom resource|cloudwatch log stream"],
        "the function of the custom resource ran and says it failed",
        "what it says is in the reason, the rest in its log: `purlin logs`",
    ),
];

pub(super) static ENGINE: &[Known] = &[
    row(
        "",
        &["hook(s) failed|hook(s)/validation failed|hook failed"],
        "a hook of the account looked at it and refused: a rule of your organisation, not a fault of AWS's",
        "make the resource as the hook wants it, or ask whoever looks after the hook",
    ),
    row(
        "",
        &["export", "already exported"],
        "export names are shared by all stacks of the region",
        "rename the export, or delete the stack that has it",
    ),
    row(
        "",
        &[
            "cannot be deleted as it is in use|cannot update export|cannot be updated as it is in use|exports cannot be updated",
        ],
        "another stack imports the value, so it can neither change nor go",
        "deploy that stack without the import first",
    ),
    row("", &["no export named"], "the stack that exports this value is not deployed, or not here", "deploy it first"),
    row(
        "",
        &["custom-named resource requires replacing"],
        "the new resource would be made before the old one goes, and both would have the same name",
        "change the name together with this, or leave the name to AWS",
    ),
    row(
        "",
        &["action denied by stack policy"],
        "the stack's policy protects this resource from updates",
        "undo the change, or deploy with a policy that permits it: `--stack-policy`",
    ),
    row(
        "",
        &["went into alarm|in alarm state|rollback trigger|alarm"],
        "an alarm that watches the deployment went off, so CloudFormation took everything back",
        "look at the alarm's graph around that time; an alarm that is on before a deployment stops it too",
    ),
    row(
        "",
        &["time exceeded the specified timeout|stack creation time"],
        "the stack was given a time to be made in, and took longer",
        "look at what was still in progress, or give it more time",
    ),
    row(
        "AWS::CloudFormation::Wait",
        &["timed out|failed to receive"],
        "nobody sent the signals that the stack waits for",
        "look at the instance's log, `/var/log/cfn-init.log`, and at its way out of the network",
    ),
    row(
        "",
        &["resource signal|failure signal|success signal"],
        "the instances did not say in time that they are ready",
        "look at the instance's log, `/var/log/cfn-init.log`, and at its way out of the network",
    ),
    row(
        "",
        &["user initiated|requested by user"],
        "nothing failed: somebody cancelled the update, or asked for it to be taken back",
        "ask your colleagues, or look in CloudTrail for `CancelUpdateStack` or `RollbackStack`",
    ),
    row(
        "",
        &["cannot be assumed|is invalid or cannot"],
        "CloudFormation cannot work in the role it was given: it is gone, or does not trust CloudFormation",
        "make the role again with the same name and let it trust `cloudformation.amazonaws.com`, or name another with \
         `--role-arn`",
    ),
    row(
        "",
        &["dynamic reference|ssm parameter|parameters: [ssm|resolve:"],
        "the template refers to a parameter or secret that does not exist in this account and region",
        "make it first, or correct its name",
    ),
    row(
        "",
        &["templateurl|template url|s3 error"],
        "CloudFormation cannot read the template of a nested stack",
        "publish the assets again: a deployment with this tool does; check that the role may read the bucket",
    ),
    row(
        "",
        &["circular dependency"],
        "resources need each other in a circle, so none can be made first",
        "let one of them refer to the other by name, or move the reference into a resource of its own",
    ),
    row(
        "",
        &["updates are not allowed|update requires replacement|notupdatable|update to resource type|immutable"],
        "this property is fixed when the resource is made",
        "put the old value back, or give the resource another id, which replaces it with all that is in it",
    ),
    row(
        "",
        &[
            "unrecognized resource type|not supported in this region|resource type",
            "not supported|unrecognized|not available|does not exist",
        ],
        "CloudFormation does not have this type in the region",
        "check the type's name, or activate it in the registry if it is a third party's",
    ),
    row(
        "",
        &[
            "validation failed|extraneous key|unsupported property|failed validation constraint|required key|property validation|#/",
        ],
        "a property is not what the type takes",
        "`purlin schema TYPE` says what it takes",
    ),
    row(
        "",
        &["unauthorizedtaggingoperation|tagresource|createtags"],
        "whoever deploys may make the resource but not tag it",
        "allow the service's tagging action too, such as `TagResource`",
    ),
    row(
        "",
        &["already exists in stack"],
        "another stack has a resource of that name",
        "rename one of them, or leave the name to AWS",
    ),
    row(
        "",
        &["embedded stack|resource is not in the state"],
        "a nested stack failed, and its own events say why",
        "look at them with `purlin events NAME`",
    ),
    row(
        "",
        &["already exists|already exist|alreadyexists|has been taken|already in use"],
        "something of that name exists outside this stack, perhaps retained by an older one",
        "delete or import it, or leave the name to AWS",
    ),
    row(
        "",
        &["limit|maximum number", "exceed|reached|maximum"],
        "the account's quota is used up",
        "ask for more in Service Quotas, or free some",
    ),
    row("", &["quota"], "the account's quota is used up", "ask for more in Service Quotas, or free some"),
    row(
        "",
        &["rate exceeded|throttl|too many requests"],
        "AWS was asked too often, perhaps by several deployments at once",
        "deploy again in a minute",
    ),
];

/// What CloudFormation calls a class of failures says the least, so it is asked last.
pub(super) static CODES: &[Known] = &[
    row(
        "",
        &["accessdenied|access denied|unauthorizedoperation|invalidcredentials"],
        "the identity that deploys lacks a permission",
        "ask for it, or deploy with a role that has it: `--role-arn`",
    ),
    row(
        "",
        &["notstabilized|did not stabilize|exceeded attempts to wait"],
        "the resource was made, but did not become ready in the time CloudFormation waits",
        "look at it in its service's console: what it waits for usually shows there",
    ),
    row(
        "",
        &["resourceconflict|concurrent|operation is already in progress|being modified"],
        "the resource was busy with another change",
        "deploy again in a minute; if it comes back, let the resources depend on each other",
    ),
    row(
        "",
        &["notfound|does not exist|not found|nosuch|could not be found|cannot be found"],
        "something it refers to is not there: deleted outside the stack, in another region, or made a moment ago",
        "make it again or correct the name; a resource that is gone itself takes a deployment without it, then with it",
    ),
    row(
        "",
        &[
            "networkfailure|serviceinternalerror|internalfailure|internal failure|internal error|service unavailable|serviceunavailable",
        ],
        "the service itself had trouble",
        "deploy again; if it comes back, look at https://health.aws.amazon.com",
    ),
    row(
        "",
        &["dependencyviolation|in use|dependent"],
        "something outside the stack still uses it",
        "remove what uses it, then run this again",
    ),
    row(
        "",
        &["invalidrequest|validationexception|invalidparameter|invalid parameter|malformed"],
        "the service does not take one of the values",
        "the reason names it; `purlin schema TYPE` says what the type takes",
    ),
    row(
        "",
        &["generalserviceexception"],
        "the service refused, and the reason is all it says",
        "look for the reason's words in the service's documentation; if they speak of its own trouble, deploy again",
    ),
];
