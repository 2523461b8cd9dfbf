//! `Fn::GetAtt`: whether the resource's type has the attribute.

use crate::lint::problem::{SchemaProblem, Violation};
use crate::nearest::nearest;
use crate::references::{Reference, Via};
use crate::schema::ResourceType;
use crate::template::Template;

/// Types whose attributes their users define.
const OPEN: [&str; 4] = [
    "AWS::CloudFormation::CustomResource",
    "AWS::CloudFormation::Macro",
    "AWS::CloudFormation::Stack",
    "AWS::ServiceCatalog::CloudFormationProvisionedProduct",
];

/// Every attribute that a template refers to and that does not exist.
pub(super) fn problems(template: &Template) -> impl Iterator<Item = SchemaProblem> {
    template.references().iter().filter_map(|reference| problem(template, reference))
}

fn problem(template: &Template, reference: &Reference) -> Option<SchemaProblem> {
    let Via::GetAtt { attribute } = &reference.via else { return None };
    let (id, resource) = template.resources().get_key_value(reference.target.name())?;
    let kind = ResourceType::find(&resource.kind)?;
    if attribute.is_empty() || OPEN.contains(&kind.name()) || kind.name().starts_with("AWS::Serverless::") {
        return None;
    }
    let within =
        |known: &str| attribute.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    if kind.attributes().any(within) {
        return None;
    }
    let inside = reference.path.strip_prefix("Resources/").and_then(|path| path.split_once('/'));
    let (owner, path) = inside.unwrap_or((id, &reference.path));
    let suggestion = nearest(attribute, kind.attributes()).map(str::to_owned);
    let allowed = kind.attributes().map(str::to_owned).collect();
    Some(SchemaProblem {
        resource: owner.to_owned(),
        resource_type: kind.name().to_owned(),
        path: path.to_owned(),
        at: reference.at,
        violation: Violation::UnknownReturnValue { name: attribute.clone(), of: id.clone(), allowed, suggestion },
        when: None,
    })
}
