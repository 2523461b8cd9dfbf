//! Hints for reasons of Cognito and IAM.

use super::{Hint, row};

const DOMAIN: &str = "AWS::Cognito::UserPoolDomain";
const CLIENT: &str = "AWS::Cognito::UserPoolClient";
const PROVIDER: &str = "AWS::Cognito::UserPoolIdentityProvider";

pub(super) static COGNITO: &[Hint] = &[
    row(
        DOMAIN,
        &["already has a domain|already configured|already has domain"],
        "a user pool has one domain prefix, and a replacement creates the new one before it deletes the old one",
        "deploy once without the domain, then with the new one",
    ),
    row(
        DOMAIN,
        &["already associated|already exist|alreadyexists"],
        "domain prefixes are unique in a region across all accounts, and this one is taken, perhaps by an older stack \
         of yours",
        "choose another prefix, for example with the account's name in it",
    ),
    row(
        DOMAIN,
        &["reserved word"],
        "a domain prefix must not contain `aws`, `amazon` or `cognito`; it may come from the stack's name",
        "choose another prefix",
    ),
    row(
        DOMAIN,
        &["valid subdomain|a record|root domain"],
        "Cognito takes a custom domain only if its parent domain has a public DNS A record",
        "add an A record with any address for the parent domain, wait until it resolves in public DNS, deploy again",
    ),
    row(
        DOMAIN,
        &["should have a custom domain associated"],
        "the domain was deleted outside the stack",
        "deploy once without the domain, then with it",
    ),
    row(
        DOMAIN,
        &["alias|cname"],
        "a custom domain is an alias of a CloudFront distribution, and another distribution has this alias",
        "remove the alias from the other distribution, or choose another domain",
    ),
    row(
        DOMAIN,
        &["certificate"],
        "a custom domain needs an issued certificate in us-east-1, whatever the region of the stack",
        "create the certificate in a stack in us-east-1 and wait until it is issued",
    ),
    row(
        DOMAIN,
        &["invalid request provided|invalid character|regular expression|does not match"],
        "Cognito does not take this prefix: it is taken, has a reserved word, or has other characters than `a-z`, \
         `0-9` and inner hyphens",
        "choose another prefix",
    ),
    row(
        CLIENT,
        &["scope"],
        "the client has a scope that does not exist (yet): a custom scope is created with its resource server",
        "make the client depend on the resource server; Cognito's own scopes are `openid`, `email`, `phone`, `profile` \
         and `aws.cognito.signin.user.admin`",
    ),
    row(
        CLIENT,
        &["provider", "does not exist"],
        "the client has an identity provider that the pool does not have yet",
        "make the client depend on the identity provider",
    ),
    row(
        CLIENT,
        &["callback|redirect|logout url|url scheme|http scheme"],
        "callback and sign-out URLs must be https (except http://localhost) without a fragment",
        "correct the URL",
    ),
    row(
        "AWS::Cognito::UserPool",
        &["deletion protection"],
        "deletion protection keeps the pool and its users",
        "if the users may be deleted, turn the protection off and deploy that first",
    ),
    row(
        "AWS::Cognito::UserPool",
        &["domain configured"],
        "a pool with a domain cannot be deleted, and this one has a domain outside the stack",
        "delete the domain in the Cognito console, then run this again",
    ),
    row(
        "AWS::Cognito::UserPool",
        &["schema|attributedatatype|existing attribute"],
        "attributes of a user pool can be added, but not changed or removed",
        "put the old attributes back, each with its `AttributeDataType`",
    ),
    row(
        "AWS::Cognito::UserPool",
        &["updates are not allowed|can not be changed|cannot be changed|cannot be modified"],
        "this setting cannot change after the pool is created, and a new pool would lose its users",
        "put the old value back",
    ),
    row(
        "AWS::Cognito::UserPool",
        &["trust relationship|role"],
        "Cognito cannot assume the role for text messages (yet): it checks this immediately",
        "add a trust policy for `cognito-idp.amazonaws.com` with the pool's external id to the role; if it has one, \
         deploy again",
    ),
    row(
        "AWS::Cognito::UserPool",
        &["email|ses"],
        "Cognito may not send from this address: SES has not verified it in that region, or its policy excludes \
         Cognito",
        "verify the address or domain in SES first, or use Cognito's default e-mail",
    ),
    row(
        PROVIDER,
        &["well-known|metadata|issuer|unable to contact"],
        "Cognito could not read the provider's configuration from the issuer's URL",
        "correct the issuer's URL: public, https, no slash at its end, exactly as the provider documents it",
    ),
    row(
        "AWS::Cognito::IdentityPool",
        &["invalid cognito identity provider"],
        "an identity pool refers to a user pool by its provider name",
        "set the provider name to `cognito-idp.REGION.amazonaws.com/POOL_ID`, with the client's id",
    ),
];

pub(super) static IAM: &[Hint] = &[
    row(
        "",
        &["passrole"],
        "the identity that deploys may not pass this role to a service",
        "allow `iam:PassRole` on that role, or deploy with a role that has this permission: `--role-arn`",
    ),
    row(
        "",
        &["explicit deny"],
        "a policy denies this explicitly: a service control policy, a permissions boundary, or a policy of the \
         resource",
        "ask the owner of your organisation's policies",
    ),
    row(
        "AWS::IAM::",
        &["policies per role|policiesperrole|cannot exceed quota"],
        "a role, user or group has at most ten policies by default",
        "put the statements into fewer policies, or request a higher quota in Service Quotas",
    ),
    row(
        "AWS::IAM::",
        &["maximum policy size"],
        "the inline policies of a role have at most 10240 characters together, a managed policy 6144",
        "use wildcards, or move statements into managed policies",
    ),
    row(
        "",
        &["invalid principal|invalid principals|principalnotfound"],
        "a policy has a user or role that does not exist, or that was created moments ago",
        "correct the principal's ARN; if the principal is new, deploy again",
    ),
    row(
        "AWS::IAM::",
        &[
            "malformedpolicy|malformed policy|prohibited field|syntax errors in policy|must contain resources|policy document",
        ],
        "the policy document is not valid",
        "check its statements: `Effect`, `Action`, and `Resource` (identity policy) or `Principal` (trust policy)",
    ),
    row(
        "AWS::IAM::",
        &["must detach all|must delete policies|must remove roles|deleteconflict"],
        "a policy or role was attached outside the stack, and IAM deletes only entities without attachments",
        "detach it in the IAM console, then run this again",
    ),
    row(
        "AWS::IAM::ServiceLinkedRole",
        &["has been taken|already exists"],
        "the account already has this service-linked role, and can have only one",
        "remove it from the template",
    ),
    row(
        "",
        &["security token", "expired"],
        "CloudFormation used the credentials of the identity that deployed, and they expired",
        "deploy with a role for CloudFormation: `--role-arn`, or the role of the bootstrap stack",
    ),
    row(
        "",
        &["security token|invalidclienttokenid"],
        "the credentials are temporary ones that IAM does not take without MFA, or of another partition",
        "sign in with a role, or deploy with a role for CloudFormation: `--role-arn`",
    ),
    row(
        "",
        &["not authorized to perform"],
        "the identity that deploys lacks this permission",
        "request the permission, or deploy with a role that has it: `--role-arn`",
    ),
];
