//! The values of a template that are known in an account and region.

use std::collections::BTreeMap;

use purlin_template::Values;
use serde_json::Value;

use crate::target::Target;

/// The values of a stack, with these of its parameters.
pub(crate) fn values_in<'a>(
    target: &Target,
    template: &'a Value,
    stack: &str,
    mut parameters: BTreeMap<String, String>,
) -> Values<'a> {
    let pseudo = [
        ("AWS::AccountId", target.account.as_str()),
        ("AWS::Partition", &target.partition),
        ("AWS::Region", &target.region),
        ("AWS::StackName", stack),
        ("AWS::URLSuffix", target.dns_suffix()),
    ];
    parameters.extend(pseudo.map(|(name, value)| (name.to_owned(), value.to_owned())));
    Values::new(template, parameters)
}
