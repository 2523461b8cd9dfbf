//! `Fn::GetAtt`: whether the resource's type has the attribute, and whether that is a list.

use crate::lint::problem::{SchemaProblem, Violation};
use crate::lint::unchecked::Unchecked;
use crate::nearest::nearest;
use crate::node::Spanned;
use crate::references::{Reference, Via};
use crate::schema::ResourceType;
use crate::template::Template;

/// Types whose attributes their users define.
const OPEN: [&str; 2] = ["AWS::CloudFormation::CustomResource", "AWS::CloudFormation::Macro"];
/// Types that return the outputs of a template, `Outputs.Url`.
const WITH_OUTPUTS: [&str; 2] = ["AWS::CloudFormation::Stack", "AWS::ServiceCatalog::CloudFormationProvisionedProduct"];

/// Every attribute that a template refers to and that does not exist. Either of the two resources may be unchecked.
pub(super) fn problems<'a>(
    template: &'a Template,
    unchecked: &'a Unchecked,
) -> impl Iterator<Item = SchemaProblem> + 'a {
    let is_checked = |reference: &&Reference| !unchecked.covers(reference.target.name(), std::iter::empty());
    let problems = template.references().iter().filter(is_checked).filter_map(|it| problem(template, it));
    problems.filter(|it| !unchecked.covers(&it.resource, it.keys()))
}

fn problem(template: &Template, reference: &Reference) -> Option<SchemaProblem> {
    let Via::GetAtt { attribute } = &reference.via else { return None };
    let (id, resource) = template.resources().get_key_value(reference.target.name())?;
    let kind = ResourceType::find(&resource.kind)?;
    let is_output = attribute.starts_with("Outputs.") && WITH_OUTPUTS.contains(&kind.name());
    if attribute.is_empty() || is_output || is_open(&kind) {
        return None;
    }
    if kind.attributes().any(|known| is_within(&kind, known, attribute)) {
        return None;
    }
    let inside = reference.path.strip_prefix("Resources/").and_then(|path| path.split_once('/'));
    let (owner, path) = inside.unwrap_or((id, &reference.path));
    let suggestion = nearest(attribute, kind.attributes()).map(str::to_owned);
    let allowed = kind.attributes().map(str::to_owned).collect();
    let is_property = kind.property(attribute).is_some();
    let (name, of) = (attribute.clone(), id.clone());
    Some(SchemaProblem {
        resource: owner.to_owned(),
        resource_type: kind.name().to_owned(),
        path: path.to_owned(),
        at: reference.at,
        violation: Violation::UnknownReturnValue { name, of, allowed, suggestion, is_property },
        when: None,
    })
}

/// Whether it is the known attribute, or a member of it, which may be any where the schema lists none.
fn is_within(kind: &ResourceType, known: &str, attribute: &str) -> bool {
    let Some(rest) = attribute.strip_prefix(known) else { return false };
    let has_members = || kind.property(known).is_some_and(|known| !kind.members_of(&known).is_empty());
    rest.is_empty() || rest.starts_with('.') && (kind.property(attribute).is_some() || !has_members())
}

fn is_open(kind: &ResourceType) -> bool {
    OPEN.contains(&kind.name()) || kind.name().starts_with("AWS::Serverless::")
}

/// Whether the argument of a `Fn::GetAtt` leads to an attribute that is a list by the schema.
pub(crate) fn is_list(template: &Template, argument: &Spanned) -> bool {
    let named = match argument.as_sequence() {
        Some([id, attribute]) => id.as_str().zip(attribute.as_str()),
        _ => argument.as_str().and_then(|text| text.split_once('.')),
    };
    let Some((id, attribute)) = named else { return false };
    let Some(kind) = template.resources().get(id).and_then(|resource| ResourceType::find(&resource.kind)) else {
        return false;
    };
    !is_open(&kind) && kind.property(attribute).is_some_and(|it| it.schema["type"] == "array")
}
