//! Tags: inherited down the tree, sorted as the CDK sorts them, in the shape each type wants.

use std::collections::BTreeMap;

use crate::cfn::cfn_property;
use crate::expr::{Expr, Key};
use crate::node::TagShape;
use crate::node_id::NodeId;
use crate::props::Props;
use crate::tree::Tree;
use crate::value::IntoValue;

cfn_property! {
    /// A tag of a resource: a key and a value.
    pub struct CfnTag;
}

impl CfnTag {
    /// A tag.
    pub fn new(key: impl IntoValue<String>, value: impl IntoValue<String>) -> Self {
        Self(Props::new().with::<String>("Key", key).with::<String>("Value", value))
    }
}

/// The order of JavaScript's `localeCompare`, which the CDK sorts tags by: letters before case.
fn sort_key(tag: &str) -> (String, String) {
    let swap_case = |c: char| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    (tag.to_lowercase(), tag.chars().map(swap_case).collect())
}

/// The tags a node inherits: what is set further inside wins.
pub(crate) fn inherited(tree: &Tree, node: NodeId) -> BTreeMap<String, Expr> {
    let mut tags: BTreeMap<String, Option<Expr>> = BTreeMap::new();
    for at in tree.ancestors(node) {
        for (key, value) in &tree[at].tags {
            tags.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
    tags.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

/// The tag property of a resource: its own tags, completed by the inherited ones.
pub(crate) fn merged(shape: TagShape, own: Option<&Expr>, inherited: BTreeMap<String, Expr>) -> Option<Expr> {
    if inherited.is_empty() {
        return own.cloned();
    }
    let mut tags = inherited;
    match (shape, own) {
        (TagShape::Map(_), Some(Expr::Map(map))) => {
            tags.extend(map.iter().map(|(key, value)| (key.to_string(), value.clone())));
        }
        (_, Some(Expr::List(list))) => {
            for tag in list {
                let key = tag.get("Key").and_then(Expr::as_str);
                let (Some(key), Some(value)) = (key, tag.get("Value")) else { return own.cloned() };
                tags.insert(key.to_owned(), value.clone());
            }
        }
        (_, None) => (),
        (_, Some(other)) => return Some(other.clone()),
    }
    if let TagShape::Map(_) = shape {
        return Some(Expr::map(tags));
    }
    let mut sorted: Vec<(String, Expr)> = tags.into_iter().collect();
    sorted.sort_by_cached_key(|(key, _)| sort_key(key));
    let render = |(key, value): (String, Expr)| {
        let mut pairs = vec![(Key::Borrowed("Key"), Expr::from(key)), (Key::Borrowed("Value"), value)];
        if let TagShape::AutoScaling(_) = shape {
            pairs.push((Key::Borrowed("PropagateAtLaunch"), Expr::Bool(true)));
        }
        Expr::map(pairs)
    };
    Some(Expr::List(sorted.into_iter().map(render).collect()))
}

#[cfg(test)]
mod tests {
    use super::sort_key;

    #[test]
    fn sorts_as_locale_compare() {
        let mut tags = vec!["Name", "b", "aws-cdk:subnet-type", "B", "a"];
        tags.sort_by_cached_key(|tag| sort_key(tag));
        assert_eq!(tags, ["a", "aws-cdk:subnet-type", "b", "B", "Name"]);
    }
}
