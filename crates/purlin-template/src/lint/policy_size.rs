//! Policies larger than IAM takes (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>).
//!
//! The size of a reference is not known: what is too large without any reference is certain, what is too large with
//! references of the length of an ARN is doubtful.

use std::collections::BTreeMap;

use crate::lint::problem::{SchemaProblem, Violation};
use crate::lint::unchecked::Unchecked;
use crate::node::{Node, Spanned};
use crate::template::Template;

/// The most characters of a managed policy.
const MANAGED: usize = 6_144;
/// The most characters of all inline policies of one identity: the properties that name it in policies, its type, and the
/// number.
const INLINE: [([&str; 2], &str, usize); 3] = [
    (["Roles", "RoleName"], "AWS::IAM::Role", 10_240),
    (["Users", "UserName"], "AWS::IAM::User", 2_048),
    (["Groups", "GroupName"], "AWS::IAM::Group", 5_120),
];
/// Types that are a policy of identities.
const POLICIES: [&str; 4] =
    ["AWS::IAM::GroupPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy"];
/// The length of a short ARN.
const REFERENCE: usize = 40;

/// The characters of a policy and its references.
#[derive(Clone, Copy, Default)]
struct Size {
    characters: usize,
    references: usize,
}

pub(super) fn problems(template: &Template, unchecked: &Unchecked) -> Vec<SchemaProblem> {
    let mut inline: BTreeMap<&str, Size> = BTreeMap::new();
    let mut found = Vec::new();
    for (id, resource) in template.resources().iter().filter(|(_, resource)| resource.kind.starts_with("AWS::IAM::")) {
        let Some(body) = template.document().get("Resources").and_then(|all| all.get(id)) else { continue };
        let Some(properties) = body.get("Properties") else { continue };
        let policy = properties.get("PolicyDocument").map(size).unwrap_or_default();
        match &*resource.kind {
            "AWS::IAM::ManagedPolicy" => {
                found.extend(policy.problem(template, id, "the statements of a managed policy", MANAGED));
            }
            // It may not be created.
            kind if POLICIES.contains(&kind) && body.get("Condition").is_some() => {}
            kind if POLICIES.contains(&kind) => {
                let mut alone = usize::MAX;
                for (property, limit) in INLINE.iter().flat_map(|(names, _, limit)| names.map(|name| (name, *limit))) {
                    let Some(names) = properties.get(property) else { continue };
                    for name in names.as_sequence().unwrap_or(std::slice::from_ref(names)) {
                        match name.get("Ref").and_then(|it| template.resources().get_key_value(it.as_str()?)) {
                            Some((owner, _)) => inline.entry(owner).or_default().add(policy),
                            None => alone = alone.min(limit),
                        }
                    }
                }
                // Of an identity that is not in the template, it is at least this policy.
                found.extend(policy.problem(template, id, "its statements", alone));
            }
            _ => {
                let policies = properties.get("Policies").and_then(Spanned::as_sequence).unwrap_or_default();
                let documents = policies.iter().filter_map(|policy| policy.get("PolicyDocument"));
                for document in documents {
                    inline.entry(id).or_default().add(size(document));
                }
            }
        }
    }
    for (id, total) in inline {
        let limit = template.resources().get(id).and_then(|it| INLINE.iter().find(|(_, kind, _)| *kind == it.kind));
        let Some((_, _, limit)) = limit else { continue };
        found.extend(total.problem(template, id, "its inline policies", *limit));
    }
    found.retain(|problem| !unchecked.covers(&problem.resource, std::iter::empty()));
    found
}

impl Size {
    fn add(&mut self, other: Self) {
        self.characters += other.characters;
        self.references += other.references;
    }

    fn problem(self, template: &Template, id: &str, what: &'static str, limit: usize) -> Option<SchemaProblem> {
        let is_estimate = self.characters <= limit;
        let given = self.characters + if is_estimate { self.references * REFERENCE } else { 0 };
        let resource = template.resources().get(id).filter(|_| given > limit)?;
        Some(SchemaProblem {
            resource: id.to_owned(),
            resource_type: resource.kind.clone(),
            path: "Properties".to_owned(),
            at: resource.at,
            violation: Violation::PolicySize { what, given, limit, is_estimate },
            when: None,
        })
    }
}

/// The size of a value as JSON without white space.
fn size(value: &Spanned) -> Size {
    let text = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).count();
    let mut total = Size::default();
    match &value.node {
        Node::Null => total.characters += 4,
        Node::Bool(value) => total.characters += value.to_string().len(),
        Node::Integer(value) => total.characters += value.to_string().len(),
        Node::Float(written) => total.characters += written.len(),
        Node::String(written) => total.characters += text(written) + 2,
        Node::Sequence(items) => {
            total.characters += items.len().max(1) + 1;
            for item in items {
                total.add(size(item));
            }
        }
        Node::Mapping(_) if value.as_single().is_some_and(|(name, _)| name == "Ref" || name.starts_with("Fn::")) => {
            total.references += 1;
            total.characters += value.get("Fn::Join").map_or(0, joined);
        }
        Node::Mapping(entries) => {
            total.characters += entries.len().max(1) + 1;
            for (name, entry) in entries {
                total.characters += text(name) + 3;
                total.add(size(&entry.value));
            }
        }
    }
    total
}

/// The known characters of a text that is joined.
fn joined(arguments: &Spanned) -> usize {
    let parts = arguments.as_sequence().and_then(|arguments| arguments.get(1)?.as_sequence()).unwrap_or_default();
    parts.iter().filter_map(Spanned::as_str).map(str::len).sum::<usize>() + 2
}
