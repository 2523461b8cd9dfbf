//! The domain of a sign-in page: well-formed, free, and for one's own name with a parent that resolves.

use super::{Finding, Scene, records};
use crate::aws::Named;
use crate::error::DeployError;
use crate::followers::dns::plain_name;

const CHECK: &str = "cognito-domain";

const KIND: &str = "AWS::Cognito::UserPoolDomain";

/// Words that no prefix may contain.
const RESERVED: [&str; 3] = ["amazon", "aws", "cognito"];

const LONGEST: usize = 63;

pub(super) async fn check(scene: &Scene<'_>) -> Result<Vec<Finding>, DeployError> {
    let mut found = Vec::new();
    for (id, properties) in scene.resources(&[KIND]) {
        let Some(domain) = scene.values.text(&properties["Domain"]) else { continue };
        let is_custom = !properties["CustomDomainConfig"].is_null();
        if !is_custom && let Some(reason) = malformed(&domain) {
            let fix = "choose another prefix of small letters, digits and hyphens";
            found.push(Finding::error(CHECK, reason).about(id).fix(fix));
            continue;
        }
        if scene.has(id, KIND) && scene.physical_ids().await?.get(id) == Some(&domain) {
            continue;
        }
        found.extend(taken(scene, id, &domain, is_custom).await?);
        if is_custom {
            found.extend(parent(scene, id, &plain_name(&domain)).await);
        }
    }
    Ok(found)
}

fn malformed(prefix: &str) -> Option<String> {
    if let Some(word) = RESERVED.iter().find(|word| prefix.contains(**word)) {
        return Some(format!("the Cognito domain prefix `{prefix}` contains `{word}`, which AWS keeps for itself"));
    }
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_right = prefix.chars().all(is_plain) && !prefix.starts_with('-') && !prefix.ends_with('-');
    (prefix.is_empty() || prefix.len() > LONGEST || !is_right).then(|| {
        format!(
            "the Cognito domain prefix `{prefix}` is not 1 to {LONGEST} small letters, digits and hyphens with no \
             hyphen at either end"
        )
    })
}

async fn taken(scene: &Scene<'_>, id: &str, domain: &str, is_custom: bool) -> Result<Option<Finding>, DeployError> {
    let cognito = aws_sdk_cognitoidentityprovider::Client::new(&scene.config);
    let answer = match cognito.describe_user_pool_domain().domain(domain).send().await.named("DescribeUserPoolDomain") {
        Ok(answer) => answer,
        Err(error) if error.code() == Some("ResourceNotFoundException") => return Ok(None),
        Err(error) => return Err(error),
    };
    // A domain that nobody has is answered with an empty description.
    let Some(pool) = answer.domain_description().and_then(|it| it.user_pool_id()) else { return Ok(None) };
    let owner = answer.domain_description().and_then(|it| it.aws_account_id()).unwrap_or_default();
    let whose = if owner == scene.session.site().account || owner.is_empty() {
        format!("user pool `{pool}` of this account has it")
    } else {
        "somebody else has it".to_owned()
    };
    let what = if is_custom { "domain" } else { "domain prefix" };
    let reason = format!("the Cognito {what} `{domain}` is taken in `{}`: {whose}", scene.session.site().region);
    let fix = if is_custom {
        "delete the domain from that user pool first, or choose another name"
    } else {
        "choose another prefix: they are shared by all accounts of a region, so put a name of your own into it"
    };
    Ok(Some(Finding::error(CHECK, reason).about(id).fix(fix)))
}

/// Cognito takes a name of one's own only when the name above it has an address.
async fn parent(scene: &Scene<'_>, id: &str, domain: &str) -> Option<Finding> {
    let (_, parent) = domain.split_once('.')?;
    let is_made_here = records::records(scene).iter().any(|record| record.name.as_deref() == Some(parent));
    let dns = scene.dns.as_ref().filter(|_| !is_made_here)?;
    match dns.has_address(parent).await {
        Ok(true) => None,
        Ok(false) => {
            let reason = format!("`{parent}` has no A record in the DNS, and Cognito refuses `{domain}` without one");
            let fix = format!("give `{parent}` an A record, with any address, before the domain is made");
            Some(Finding::warning(CHECK, reason).about(id).fix(fix))
        }
        Err(error) => Some(Finding::not_made(CHECK, &format!("the DNS does not answer for `{parent}`: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::malformed;

    #[test]
    fn prefixes_are_plain_and_without_reserved_words() {
        for right in ["a", "example-login", "x9", &"a".repeat(63)] {
            assert_eq!(malformed(right), None, "{right}");
        }
        let wrong = [("", "1 to 63"), ("Login", "small letters"), ("-a", "hyphen"), ("a-", "hyphen"), ("a.b", "small")];
        for (prefix, text) in wrong.into_iter().chain([("my-aws-login", "`aws`"), ("cognito", "`cognito`")]) {
            assert!(malformed(prefix).is_some_and(|reason| reason.contains(text)), "{prefix}");
        }
        assert!(malformed(&"a".repeat(64)).is_some());
    }
}
