//! The target of a stack (account, region, partition), and its placeholders in an assembly.

use purlin_assembly::Environment;

use crate::error::DeployError;
use crate::partition::dns_suffix;

/// An account, a region and the partition they are in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The twelve digits of the account.
    pub account: String,
    /// The region.
    pub region: String,
    /// `aws`, `aws-cn`, ..
    pub partition: String,
}

impl Target {
    /// Fills in `${AWS::AccountId}`, `${AWS::Region}` and `${AWS::Partition}`.
    pub fn fill(&self, text: &str) -> String {
        text.replace("${AWS::AccountId}", &self.account)
            .replace("${AWS::Region}", &self.region)
            .replace("${AWS::Partition}", &self.partition)
    }

    /// What follows the region in the names of AWS's hosts.
    pub fn dns_suffix(&self) -> &'static str {
        dns_suffix(&self.partition)
    }

    /// The bucket for assets that `purlin bootstrap` creates with this qualifier.
    pub fn bootstrap_bucket(&self, qualifier: &str) -> String {
        self.fill(&format!("cdk-{qualifier}-assets-${{AWS::AccountId}}-${{AWS::Region}}"))
    }

    /// The account of a role's ARN, if it is another one.
    pub(crate) fn other_account<'a>(&self, role: &'a str) -> Option<&'a str> {
        account_of(role).filter(|account| *account != self.account)
    }

    /// Checks that a stack is for the account of the credentials.
    pub fn check(&self, stack: &str, wanted: &Environment, is_local: bool) -> Result<(), DeployError> {
        match &wanted.account {
            Some(account) if *account != self.account && !is_local => Err(DeployError::WrongAccount {
                stack: stack.to_owned(),
                wanted: account.clone(),
                account: self.account.clone(),
            }),
            _ => Ok(()),
        }
    }
}

/// The account in a role's ARN.
pub(crate) fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target {
        Target { account: "111122223333".into(), region: "eu-west-1".into(), partition: "aws".into() }
    }

    #[test]
    fn placeholders_are_filled_in() {
        assert_eq!(
            target().fill("arn:${AWS::Partition}:iam::${AWS::AccountId}:role/r-${AWS::Region}"),
            "arn:aws:iam::111122223333:role/r-eu-west-1"
        );
        assert_eq!(target().bootstrap_bucket("hnb659fds"), "cdk-hnb659fds-assets-111122223333-eu-west-1");
    }

    #[test]
    fn a_stack_of_another_account_is_refused_except_locally() {
        let other = Environment::of("999988887777", "eu-west-1");
        assert!(matches!(target().check("S", &other, false), Err(DeployError::WrongAccount { .. })));
        assert!(target().check("S", &other, true).is_ok());
        assert!(target().check("S", &Environment::agnostic(), false).is_ok());
        assert!(target().check("S", &Environment::of("111122223333", "x"), false).is_ok());
    }
}
