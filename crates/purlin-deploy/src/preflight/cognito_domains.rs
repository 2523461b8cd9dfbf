//! Checks Cognito domains: the prefix is valid and free; the parent of a custom domain resolves.

use super::{Context, Finding, records};
use crate::aws::Named;
use crate::error::DeployError;
use crate::followers::dns::plain_name;

const CHECK: &str = "cognito-domain";

const KIND: &str = "AWS::Cognito::UserPoolDomain";

/// Words that a prefix must not contain.
const RESERVED: [&str; 3] = ["amazon", "aws", "cognito"];

const MAX_LENGTH: usize = 63;

pub(super) async fn check(context: &Context<'_>) -> Result<Vec<Finding>, DeployError> {
    let mut found = Vec::new();
    for (id, properties) in context.resources(&[KIND]) {
        let Some(domain) = context.values.text(&properties["Domain"]) else { continue };
        let is_custom = !properties["CustomDomainConfig"].is_null();
        if !is_custom && let Some(reason) = malformed(&domain) {
            let fix = "choose another prefix of lower-case letters, digits and hyphens";
            found.push(Finding::error(CHECK, reason).about(id).fix(fix));
            continue;
        }
        if context.has(id, KIND) && context.physical_ids().await?.get(id) == Some(&domain) {
            continue;
        }
        found.extend(taken(context, id, &domain, is_custom).await?);
        if is_custom {
            found.extend(parent(context, id, &plain_name(&domain)).await);
        }
    }
    Ok(found)
}

fn malformed(prefix: &str) -> Option<String> {
    if let Some(word) = RESERVED.iter().find(|word| prefix.contains(**word)) {
        return Some(format!("the Cognito domain prefix `{prefix}` contains `{word}`, which is reserved"));
    }
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_right = prefix.chars().all(is_plain) && !prefix.starts_with('-') && !prefix.ends_with('-');
    (prefix.is_empty() || prefix.len() > MAX_LENGTH || !is_right).then(|| {
        format!(
            "the Cognito domain prefix is `{prefix}`, but AWS takes 1 to {MAX_LENGTH} lower-case letters, digits and \
             hyphens, with no hyphen at either end"
        )
    })
}

async fn taken(context: &Context<'_>, id: &str, domain: &str, is_custom: bool) -> Result<Option<Finding>, DeployError> {
    let cognito = aws_sdk_cognitoidentityprovider::Client::new(&context.config);
    let response = match cognito.describe_user_pool_domain().domain(domain).send().await.named("DescribeUserPoolDomain")
    {
        Ok(response) => response,
        Err(error) if error.code() == Some("ResourceNotFoundException") => return Ok(None),
        Err(error) => return Err(error),
    };
    // For a free domain, AWS returns an empty description.
    let Some(pool) = response.domain_description().and_then(|it| it.user_pool_id()) else { return Ok(None) };
    let owner = response.domain_description().and_then(|it| it.aws_account_id()).unwrap_or_default();
    let holder = if owner == context.session.target().account || owner.is_empty() {
        format!("user pool `{pool}` of this account has it")
    } else {
        "another account has it".to_owned()
    };
    let what = if is_custom { "domain" } else { "domain prefix" };
    let reason = format!("the Cognito {what} `{domain}` is taken in `{}`: {holder}", context.session.target().region);
    let fix = if is_custom {
        "delete the domain from that user pool first, or choose another name"
    } else {
        "choose another prefix, for example with your company's name: all accounts of a region share the prefixes"
    };
    Ok(Some(Finding::error(CHECK, reason).about(id).fix(fix)))
}

/// Cognito takes a custom domain only if its parent domain has an address.
async fn parent(context: &Context<'_>, id: &str, domain: &str) -> Option<Finding> {
    let (_, parent) = domain.split_once('.')?;
    let is_in_template = records::records(context).iter().any(|record| record.name.as_deref() == Some(parent));
    let dns = context.dns.as_ref().filter(|_| !is_in_template)?;
    match dns.has_address(parent).await {
        Ok(true) => None,
        Ok(false) => {
            let reason = format!("`{parent}` has no A record in the DNS, and Cognito refuses `{domain}` without one");
            let fix = format!("add an A record with any address for `{parent}` before you deploy the domain");
            Some(Finding::warning(CHECK, reason).about(id).fix(fix))
        }
        Err(error) => Some(Finding::not_checked(CHECK, &format!("the DNS does not answer for `{parent}`: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::malformed;

    #[test]
    fn prefixes_have_valid_characters_and_no_reserved_words() {
        for right in ["a", "example-login", "x9", &"a".repeat(63)] {
            assert_eq!(malformed(right), None, "{right}");
        }
        let wrong = [
            ("", "1 to 63"),
            ("Login", "lower-case letters"),
            ("-a", "hyphen"),
            ("a-", "hyphen"),
            ("a.b", "lower-case"),
        ];
        for (prefix, text) in wrong.into_iter().chain([("my-aws-login", "`aws`"), ("cognito", "`cognito`")]) {
            assert!(malformed(prefix).is_some_and(|reason| reason.contains(text)), "{prefix}");
        }
        assert!(malformed(&"a".repeat(64)).is_some());
    }
}
