//! What an environment means inside a template: literals where it is known, pseudo parameters where it is not.

use purlin_assembly::Environment;

use crate::expr::{Expr, Pseudo};
use crate::value::Value;

/// What is given in `inner`, completed by `outer`.
pub(crate) fn completed(inner: Environment, outer: &Environment) -> Environment {
    Environment {
        account: inner.account.or_else(|| outer.account.clone()),
        region: inner.region.or_else(|| outer.region.clone()),
    }
}

pub(crate) fn account(of: &Environment) -> Value<String> {
    Value::new(of.account.as_deref().map_or(Expr::Pseudo(Pseudo::AccountId), Expr::from))
}

pub(crate) fn region(of: &Environment) -> Value<String> {
    Value::new(of.region.as_deref().map_or(Expr::Pseudo(Pseudo::Region), Expr::from))
}

/// The partition that a region belongs to, by its name
/// (<https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>).
pub(crate) fn partition(of: &Environment) -> &'static str {
    const STARTS: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
        ("eusc-", "aws-eusc"),
    ];
    let region = of.region.as_deref().unwrap_or_default();
    STARTS.iter().find(|(start, _)| region.starts_with(start)).map_or("aws", |(_, partition)| partition)
}

/// In words: `account 111122223333, region eu-central-1`.
pub(crate) fn describe(environment: &Environment) -> String {
    let account = environment.account.as_deref().unwrap_or("of the credentials");
    let region = environment.region.as_deref().unwrap_or("of the credentials");
    format!("account {account}, region {region}")
}
