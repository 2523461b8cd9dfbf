//! Validates every resource of a template against the registry's schema of its type.
//!
//! Intrinsic functions are evaluated where the result is certain and skipped otherwise. Each combination of conditions
//! that parameters can produce is checked separately. Every report is an error, not a matter of taste.

mod ascii;
mod attribute;
mod check;
mod format;
mod iam;
mod object;
mod pattern;
mod plain;
mod policy_size;
mod problem;
mod resource;
mod scenario;
mod seen;
mod unchecked;

use crate::template::Template;

pub(crate) use object::alternatives;

pub use problem::{SchemaProblem, Violation};
pub use unchecked::Unchecked;

/// Every problem outside of what is left unchecked, resource by resource in template order.
pub(crate) fn problems(template: &Template, unchecked: &Unchecked) -> Vec<SchemaProblem> {
    if has_unknown_macro(template) {
        return Vec::new();
    }
    let resources = template.resources().keys().flat_map(|id| resource::problems(template, unchecked, id));
    let attributes = attribute::problems(template).filter(|it| !unchecked.covers(&it.resource, it.keys()));
    let policies = iam::problems(template, unchecked).into_iter().chain(policy_size::problems(template, unchecked));
    resources.chain(attributes).chain(policies).collect()
}

/// AWS's own macros change only the resources they define; the effect of other macros is unknown.
fn has_unknown_macro(template: &Template) -> bool {
    const KNOWN: [&str; 5] = [
        "AWS::CodeDeployBlueGreen",
        "AWS::LanguageExtensions",
        "AWS::SecretsManager-",
        "AWS::Serverless-2016-10-31",
        "AWS::ServiceCatalog",
    ];
    let Some(transform) = template.document().get("Transform") else { return false };
    let names = transform.as_sequence().unwrap_or(std::slice::from_ref(transform));
    let is_known = |name: &str| KNOWN.iter().any(|known| name.starts_with(known));
    !names.iter().all(|name| name.as_str().is_some_and(is_known))
}
