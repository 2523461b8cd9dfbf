//! Two policies of one bucket, queue, topic or secret, of which one replaces the other.

use std::collections::BTreeMap;

use crate::lint::problem::{SchemaProblem, Violation};
use crate::lint::unchecked::Unchecked;
use crate::node::Spanned;
use crate::template::Template;

/// Its identifier is the bucket, so a second one exists already.
const BUCKET: &str = "AWS::S3::BucketPolicy";

/// Types of policies of which a resource has one, and the property that names the resource or a list of them.
const POLICIES: [(&str, &str); 4] = [
    (BUCKET, "Bucket"),
    ("AWS::SNS::TopicPolicy", "Topics"),
    ("AWS::SQS::QueuePolicy", "Queues"),
    ("AWS::SecretsManager::ResourcePolicy", "SecretId"),
];

pub(super) fn problems(template: &Template, unchecked: &Unchecked) -> Vec<SchemaProblem> {
    let mut first: BTreeMap<(&str, String), &str> = BTreeMap::new();
    let mut found = Vec::new();
    for (id, resource) in template.resources() {
        let Some((kind, property)) = POLICIES.iter().find(|(kind, _)| *kind == resource.kind) else { continue };
        let Some(body) = template.document().get("Resources").and_then(|all| all.get(id)) else { continue };
        // Conditions may exclude each other.
        let Some(target) = body.get("Properties").and_then(|it| it.get(property)) else { continue };
        if body.get("Condition").is_some() || unchecked.covers(id, std::iter::once(*property)) {
            continue;
        }
        for item in target.as_sequence().unwrap_or(std::slice::from_ref(target)) {
            let other = *first.entry((kind, name(item))).or_insert(id);
            if other != id {
                found.push(SchemaProblem {
                    resource: id.clone(),
                    resource_type: resource.kind.clone(),
                    path: format!("Properties/{property}"),
                    at: target.span.start,
                    violation: Violation::TwinPolicy { other: other.to_owned(), is_refused: *kind == BUCKET },
                    when: None,
                });
            }
        }
    }
    found
}

/// What identifies the resource in the template.
fn name(target: &Spanned) -> String {
    target.to_json().to_string()
}
