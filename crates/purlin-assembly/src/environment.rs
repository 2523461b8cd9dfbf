//! Where a stack goes: an account and a region, each known or left to the credentials.

use std::fmt;
use std::str::FromStr;

use crate::AssemblyError;

/// What the CDK writes for an account that the credentials decide.
pub const UNKNOWN_ACCOUNT: &str = "unknown-account";
/// What the CDK writes for a region that the configuration decides.
pub const UNKNOWN_REGION: &str = "unknown-region";

/// The account and region of a stack; `None` means that the credentials decide.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Environment {
    /// The twelve digits of the account.
    pub account: Option<String>,
    /// The region, such as `eu-west-1`.
    pub region: Option<String>,
}

impl Environment {
    /// Account and region of the credentials that deploy.
    pub fn agnostic() -> Self {
        Self::default()
    }

    /// Those of `CDK_DEFAULT_ACCOUNT` and `CDK_DEFAULT_REGION`, which `cdk --app` sets to what the credentials say; what is
    /// not set, or empty, is left to the credentials that deploy.
    pub fn of_cdk() -> Self {
        Self::of_variables(|name| std::env::var(name).ok())
    }

    fn of_variables(read: impl Fn(&str) -> Option<String>) -> Self {
        let given = |name| read(name).filter(|value| !value.is_empty());
        Self { account: given("CDK_DEFAULT_ACCOUNT"), region: given("CDK_DEFAULT_REGION") }
    }

    /// This account and this region, and no other.
    pub fn of(account: impl Into<String>, region: impl Into<String>) -> Self {
        Self { account: Some(account.into()), region: Some(region.into()) }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let account = self.account.as_deref().unwrap_or(UNKNOWN_ACCOUNT);
        let region = self.region.as_deref().unwrap_or(UNKNOWN_REGION);
        write!(f, "aws://{account}/{region}")
    }
}

impl FromStr for Environment {
    type Err = AssemblyError;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        let bad = || AssemblyError::BadEnvironment { given: given.to_owned() };
        let rest = given.strip_prefix("aws://").ok_or_else(bad)?;
        let (account, region) = rest.split_once('/').ok_or_else(bad)?;
        if account.is_empty() || region.is_empty() || region.contains('/') {
            return Err(bad());
        }
        Ok(Self {
            account: (account != UNKNOWN_ACCOUNT).then(|| account.to_owned()),
            region: (region != UNKNOWN_REGION).then(|| region.to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_reads_as_it_is_written() {
        let cases = [
            ("aws://unknown-account/unknown-region", Environment::agnostic()),
            ("aws://012345678901/eu-west-1", Environment::of("012345678901", "eu-west-1")),
            ("aws://unknown-account/eu-west-1", Environment { account: None, region: Some("eu-west-1".into()) }),
        ];
        for (text, environment) in cases {
            assert_eq!(text.parse::<Environment>().unwrap(), environment);
            assert_eq!(environment.to_string(), text);
        }
    }

    #[test]
    fn the_variables_of_the_cdk_decide_unless_they_are_empty() {
        let cases = [
            (Some("012345678901"), Some("eu-west-1"), Environment::of("012345678901", "eu-west-1")),
            (Some(""), Some("eu-west-1"), Environment { account: None, region: Some("eu-west-1".into()) }),
            (None, None, Environment::agnostic()),
        ];
        for (account, region, expected) in cases {
            let read = |name: &str| if name == "CDK_DEFAULT_ACCOUNT" { account } else { region }.map(str::to_owned);
            assert_eq!(Environment::of_variables(read), expected);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "aws://", "aws://1", "aws:///eu-west-1", "aws://1/", "aws://1/a/b", "1/a"] {
            assert!(text.parse::<Environment>().is_err(), "{text}");
        }
    }
}
