//! Reasons of Cognito and IAM.

use super::{Known, row};

const DOMAIN: &str = "AWS::Cognito::UserPoolDomain";
const CLIENT: &str = "AWS::Cognito::UserPoolClient";
const PROVIDER: &str = "AWS::Cognito::UserPoolIdentityProvider";

pub(super) static COGNITO: &[Known] = &[
    row(
        DOMAIN,
        &["already has a domain|already configured|already has domain"],
        "a user pool has one domain prefix at a time, and the new one is made before the old one goes",
        "deploy once without the domain, then with the new one",
    ),
    row(
        DOMAIN,
        &["already associated|already exist|alreadyexists"],
        "domain prefixes are shared by all customers of the region, and somebody has this one, perhaps an older stack \
         of yours",
        "choose another prefix, for instance with the account's name in it",
    ),
    row(
        DOMAIN,
        &["reserved word"],
        "a domain prefix must not contain `aws`, `amazon` or `cognito`, and a stack's name may have brought one in",
        "choose another prefix",
    ),
    row(
        DOMAIN,
        &["valid subdomain|a record|root domain"],
        "Cognito accepts a custom domain only where its parent has a DNS A record that everybody can resolve",
        "add an A record for the parent domain, any address will do, wait until the public DNS shows it, deploy again",
    ),
    row(
        DOMAIN,
        &["should have a custom domain associated"],
        "the domain was removed outside the stack, so there is nothing to update",
        "deploy once without the domain, then with it",
    ),
    row(
        DOMAIN,
        &["alias|cname"],
        "a custom domain is a CloudFront distribution, and another one in the world has this name",
        "remove the name from the other distribution, or choose another one",
    ),
    row(
        DOMAIN,
        &["certificate"],
        "a custom domain needs an issued certificate in us-east-1, whatever the region of the stack",
        "make the certificate in a stack in us-east-1 and wait until it is issued",
    ),
    row(
        DOMAIN,
        &["invalid request provided|invalid character|regular expression|does not match"],
        "Cognito does not take this prefix: lower-case letters, digits and hyphens alone, not at the ends, no reserved \
         word, and nobody else's",
        "choose another prefix",
    ),
    row(
        CLIENT,
        &["scope"],
        "the client asks for a scope that does not exist (yet): custom scopes exist once their resource server does",
        "let the client depend on the resource server; those of Cognito are `openid`, `email`, `phone`, `profile` and \
         `aws.cognito.signin.user.admin`",
    ),
    row(
        CLIENT,
        &["provider", "does not exist"],
        "the client names an identity provider that the pool does not have yet",
        "let the client depend on the identity provider",
    ),
    row(
        CLIENT,
        &["callback|redirect|logout url|url scheme|http scheme"],
        "callback and sign-out URLs are https, except for http://localhost, and have no fragment",
        "correct the URL",
    ),
    row(
        "AWS::Cognito::UserPool",
        &["deletion protection"],
        "deletion protection keeps the pool, and with it its users",
        "if the users may go, turn the protection off and deploy that before",
    ),
    row(
        "AWS::Cognito::UserPool",
        &["domain configured"],
        "a pool is deleted after its domain, and this one has a domain that is not in the stack",
        "delete the domain in the Cognito console, then run this again",
    ),
    row(
        "AWS::Cognito::UserPool",
        &["schema|attributedatatype|existing attribute"],
        "attributes of a user pool can be added, never changed or removed",
        "put the old attributes back, each with its `AttributeDataType`",
    ),
    row(
        "AWS::Cognito::UserPool",
        &["updates are not allowed|can not be changed|cannot be changed|cannot be modified"],
        "this setting of a pool is fixed when it is made, and a new pool would be without its users",
        "put the old value back",
    ),
    row(
        "AWS::Cognito::UserPool",
        &["trust relationship|role"],
        "Cognito tries the role for text messages at once, and it does not let Cognito in (yet)",
        "let the role trust `cognito-idp.amazonaws.com` with the external id the pool names; if it does, deploy again",
    ),
    row(
        "AWS::Cognito::UserPool",
        &["email|ses"],
        "Cognito may not send from this address: SES has not verified it in that region, or does not let Cognito in",
        "verify the address or domain in SES first, or let Cognito send itself",
    ),
    row(
        PROVIDER,
        &["well-known|metadata|issuer|unable to contact"],
        "Cognito reads the provider's configuration from its address at once, and got no answer it understands",
        "check the issuer's URL: public, https, without a slash at its end, exactly as the provider states it",
    ),
    row(
        "AWS::Cognito::IdentityPool",
        &["invalid cognito identity provider"],
        "an identity pool names a user pool by its address",
        "write the provider as `cognito-idp.REGION.amazonaws.com/POOL_ID`, with the client's id",
    ),
];

pub(super) static IAM: &[Known] = &[
    row(
        "",
        &["passrole"],
        "whoever deploys hands a role to a service, and lacks the permission to do so",
        "allow `iam:PassRole` on that role, or deploy with a role that may: `--role-arn`",
    ),
    row(
        "",
        &["explicit deny"],
        "a policy forbids this whatever else permits it: an organisation's service control policy, a permissions \
         boundary, or a policy of the resource",
        "ask whoever looks after the organisation's policies",
    ),
    row(
        "AWS::IAM::",
        &["policies per role|policiesperrole|cannot exceed quota"],
        "a role, user or group takes only so many policies, ten unless raised",
        "put the statements into fewer policies, or ask for more in Service Quotas",
    ),
    row(
        "AWS::IAM::",
        &["maximum policy size"],
        "the inline policies of a role have 10240 characters together, a managed policy 6144",
        "permit with wildcards, or spread the statements over managed policies",
    ),
    row(
        "",
        &["invalid principal|invalid principals|principalnotfound"],
        "a policy names a user or role that does not exist (yet), or that was made a moment ago",
        "check the principal's ARN; if it is new, deploy again",
    ),
    row(
        "AWS::IAM::",
        &[
            "malformedpolicy|malformed policy|prohibited field|syntax errors in policy|must contain resources|policy document",
        ],
        "IAM does not understand the policy",
        "check its statements: `Effect`, `Action`, and either `Resource` or `Principal`, each as the kind of policy takes it",
    ),
    row(
        "AWS::IAM::",
        &["must detach all|must delete policies|must remove roles|deleteconflict"],
        "somebody attached something outside the stack, and IAM deletes only what is bare",
        "detach it in the IAM console, then run this again",
    ),
    row(
        "AWS::IAM::ServiceLinkedRole",
        &["has been taken|already exists"],
        "a service-linked role exists once per account, and this account has it",
        "leave it out of the stack",
    ),
    row(
        "",
        &["security token", "expired"],
        "CloudFormation worked with the credentials of whoever deployed, and they ran out on the way",
        "deploy with a role of CloudFormation's own: `--role-arn`, or that of the bootstrap stack",
    ),
    row(
        "",
        &["security token|invalidclienttokenid"],
        "the credentials are temporary ones that IAM does not take without MFA, or they are of another partition",
        "sign in with a role, or deploy with one of CloudFormation's own: `--role-arn`",
    ),
    row(
        "",
        &["not authorized to perform"],
        "the identity that deploys lacks this permission",
        "ask for it, or deploy with a role that has it: `--role-arn`",
    ),
];
