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
mod twin_policy;
mod unchecked;

use crate::template::Template;
use crate::transforms;

pub(crate) use attribute::is_list as attribute_is_list;
pub(crate) use object::alternatives;
pub(crate) use pattern::matches as matches_pattern;
pub(crate) use scenario::can_be_false;
pub(crate) use seen::function;

pub use problem::{SchemaProblem, Violation};
pub use unchecked::Unchecked;

/// Every problem outside of what is left unchecked, resource by resource in template order.
pub(crate) fn problems(template: &Template, unchecked: &Unchecked) -> Vec<SchemaProblem> {
    if transforms::has_unknown(template) {
        return Vec::new();
    }
    let resources = template.resources().keys().flat_map(|id| resource::problems(template, unchecked, id));
    let attributes = attribute::problems(template, unchecked);
    let policies = iam::problems(template, unchecked).into_iter().chain(policy_size::problems(template, unchecked));
    resources.chain(attributes).chain(policies).chain(twin_policy::problems(template, unchecked)).collect()
}
