//! What usually helps, by what AWS says. One row per mistake that AWS words badly.

struct Row {
    /// The beginning of the resource type; everything matches the empty one.
    kind: &'static str,
    /// All of these are in the reason, in any case.
    says: &'static [&'static str],
    hint: &'static str,
}

const fn row(kind: &'static str, says: &'static [&'static str], hint: &'static str) -> Row {
    Row { kind, says, hint }
}

/// Special cases first: the first row that fits is taken.
const TABLE: &[Row] = &[
    row(
        "AWS::Cognito::UserPoolDomain",
        &["already has a domain"],
        "a user pool has one domain prefix, so it cannot get the new one while it has the old: \
         deploy once without the domain, then with the new one",
    ),
    row(
        "AWS::Cognito::UserPoolDomain",
        &["already"],
        "domain prefixes are shared by all customers of the region: choose another prefix",
    ),
    row(
        "AWS::Cognito::UserPoolDomain",
        &["certificate"],
        "a custom domain needs an issued certificate in us-east-1, whatever the region of the stack",
    ),
    row(
        "AWS::Cognito::UserPoolDomain",
        &["a record"],
        "the parent of a custom domain needs a DNS A record of its own before Cognito accepts the domain",
    ),
    row(
        "AWS::Cognito::UserPoolClient",
        &["scope"],
        "custom scopes exist once their resource server does: let the client depend on it",
    ),
    row(
        "AWS::Cognito::UserPool",
        &["schema"],
        "attributes of a user pool can be added, never changed or removed: put the old ones back",
    ),
    row(
        "AWS::ECS::Service",
        &["circuit breaker"],
        "the tasks did not stay up: look at the stopped tasks' reason and the container's log in the ECS console",
    ),
    row(
        "AWS::ECS::",
        &["service linked role"],
        "create the role once per account: `aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com`",
    ),
    row(
        "AWS::ElasticLoadBalancingV2::",
        &["cannot be associated with more than one load balancer"],
        "a target group belongs to one balancer: a replaced balancer needs a new target group",
    ),
    row(
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        &["priority", "in use"],
        "another rule of the listener has this priority: choose a free one",
    ),
    row("AWS::S3::Bucket", &["not empty"], "empty the bucket, or retain it, and try again"),
    row(
        "AWS::Route53::RecordSet",
        &["already exists"],
        "the zone has that record already, perhaps from another stack: delete it there first",
    ),
    row(
        "AWS::CertificateManager::",
        &["validation"],
        "the DNS records that prove the domain is yours are missing or not reachable from the public DNS",
    ),
    row("", &["no export named"], "deploy the stack that exports the value first"),
    row(
        "",
        &["cannot be deleted as it is in use by"],
        "another stack imports the value: deploy that stack without the import first",
    ),
    row("", &["cannot update export"], "another stack imports the value: deploy that stack without the import first"),
    row(
        "",
        &["not authorized to perform"],
        "the identity that deploys lacks this permission: ask for it, or deploy with `--role-arn`",
    ),
    row("", &["accessdenied"], "the identity that deploys lacks a permission: ask for it, or deploy with `--role-arn`"),
    row(
        "",
        &["already exists"],
        "something of that name exists outside this stack: delete or import it, or leave the name to AWS",
    ),
    row(
        "",
        &["alreadyexists"],
        "something of that name exists outside this stack: delete or import it, or leave the name to AWS",
    ),
    row("", &["limit", "exceeded"], "the account's quota is used up: ask for more in Service Quotas, or free some"),
    row("", &["rate exceeded"], "AWS was asked too often: try again in a minute"),
];

/// What usually helps with a resource that failed.
pub fn for_failure(resource_type: &str, reason: &str) -> Option<&'static str> {
    let reason = reason.to_ascii_lowercase();
    let fits = |row: &&Row| resource_type.starts_with(row.kind) && row.says.iter().all(|word| reason.contains(word));
    TABLE.iter().find(fits).map(|row| row.hint)
}

/// What usually helps with a template that CloudFormation refuses.
pub fn for_refusal(message: &str) -> Option<&'static str> {
    const REFUSALS: &[(&str, &str)] = &[
        ("requires capabilities", "the template holds a macro or nested template with resources this tool cannot see"),
        ("/cdk-bootstrap/", "the stack expects a prepared account: run `npx cdk bootstrap` for it once"),
        ("unresolved resource dependencies", "the template refers to something it does not have: check the names"),
        ("circular dependency", "let one of the resources refer to the other by name, or split them into two stacks"),
        ("no export named", "deploy the stack that exports the value first"),
        ("must have values", "give the parameters with `--parameters KEY=VALUE`"),
        ("do not exist in the template", "check the names given with `--parameters`"),
        ("is invalid or cannot be assumed", "check that the role exists and trusts `cloudformation.amazonaws.com`"),
        ("not authorized to perform", "the identity that deploys lacks this permission"),
    ];
    let message = message.to_ascii_lowercase();
    REFUSALS.iter().find(|(says, _)| message.contains(says)).map(|(_, hint)| *hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_special_case_wins_over_the_general_one() {
        let prefix = for_failure("AWS::Cognito::UserPoolDomain", "Domain already associated with another user pool");
        assert!(prefix.expect("a hint").contains("prefix"));
        let queue = for_failure("AWS::SQS::Queue", "Q ALREADY EXISTS in stack");
        assert!(queue.expect("a hint").contains("outside this stack"));
        assert_eq!(for_failure("AWS::SQS::Queue", "odd"), None);
    }

    #[test]
    fn every_row_is_written_to_be_found() {
        let lower = TABLE.iter().flat_map(|row| row.says).all(|word| *word == word.to_ascii_lowercase());
        assert!(lower, "reasons are compared in lower case");
    }
}
