//! Tags: inherited down the tree, sorted as the CDK sorts them, in the shape each type wants.

use std::collections::BTreeMap;

use crate::cfn::cfn_property;
use crate::expr::{Expr, Key, Pseudo};
use crate::merge::is_function;
use crate::node::{ResourceData, TagShape};
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

/// The inherited tags cannot be added to a tag property of this form.
pub(crate) struct Unmergeable<'a>(&'a Expr);

impl Unmergeable<'_> {
    /// What the property is, in CloudFormation's words.
    pub(crate) fn given(&self) -> String {
        match self.0 {
            Expr::Call(name, _) => (*name).to_owned(),
            Expr::Ref(_) | Expr::Pseudo(_) => "Ref".to_owned(),
            Expr::Att(..) => "Fn::GetAtt".to_owned(),
            Expr::Join(..) => "Fn::Join".to_owned(),
            Expr::JsonText(_) => "JSON text".to_owned(),
            Expr::Map(map) if is_function(map) => map.keys().next().map(Key::to_string).unwrap_or_default(),
            Expr::Map(_) => "a map".to_owned(),
            Expr::List(_) => "a list".to_owned(),
            _ => "no tags".to_owned(),
        }
    }
}

/// The tag property of a resource: its own tags, completed by the inherited ones.
///
/// What only the deployment knows stays an expression that CloudFormation evaluates: `Fn::If` has the inherited tags in
/// both branches, and an inherited tag is left out under the conditions under which the resource has one of the same key.
pub(crate) fn merged<'a>(
    shape: TagShape,
    own: Option<&'a Expr>,
    inherited: &BTreeMap<String, Expr>,
) -> Result<Option<Expr>, Unmergeable<'a>> {
    let Some(given) = own.filter(|own| !is_no_value(own)) else {
        return Ok(if inherited.is_empty() { own.cloned() } else { Some(complete(shape, &[], inherited)) });
    };
    if inherited.is_empty() {
        return Ok(Some(given.clone()));
    }
    if let Some([test, yes, no]) = branches(given) {
        let branch = |own| Ok(merged(shape, Some(own), inherited)?.unwrap_or(Expr::Pseudo(Pseudo::NoValue)));
        return Ok(Some(if_else(test, branch(yes)?, branch(no)?)));
    }
    match (shape, given) {
        (TagShape::Map(_), Expr::Map(map)) if !is_function(map) => {
            let mut tags: BTreeMap<Key, Expr> =
                inherited.iter().map(|(key, value)| (Key::Owned(key.clone()), value.clone())).collect();
            for (key, value) in map {
                let value = tags.get(key).map_or_else(|| value.clone(), |other| or_else(value, other));
                tags.insert(key.clone(), value);
            }
            Ok(Some(Expr::Map(tags)))
        }
        (TagShape::List(_) | TagShape::AutoScaling(_), Expr::List(own)) => Ok(Some(complete(shape, own, inherited))),
        (TagShape::Items(_), Expr::Map(map)) if !is_function(map) => {
            let mut map = map.clone();
            let items = merged(TagShape::List("Items"), given.get("Items"), inherited)?;
            map.extend(items.map(|items| (Key::Borrowed("Items"), items)));
            Ok(Some(Expr::Map(map)))
        }
        _ => Err(Unmergeable(given)),
    }
}

/// The resource's own tags and the inherited ones in the shape that the type takes: in the CDK's order, what has no
/// literal key last.
fn complete(shape: TagShape, own: &[Expr], inherited: &BTreeMap<String, Expr>) -> Expr {
    if let TagShape::Map(_) = shape {
        return Expr::map(inherited.clone());
    }
    let propagate = matches!(shape, TagShape::AutoScaling(_));
    let mut known: Vec<(String, Expr)> = Vec::new();
    let mut computed: Vec<Expr> = Vec::new();
    for tag in own.iter().filter(|tag| !is_no_value(tag)) {
        match (key_of(tag), tag) {
            (Some(key), Expr::Map(map)) => {
                let mut map = map.clone();
                if propagate {
                    map.entry(Key::Borrowed("PropagateAtLaunch")).or_insert(Expr::Bool(true));
                }
                known.push((key.to_owned(), Expr::Map(map)));
            }
            _ => computed.push(tag.clone()),
        }
    }
    for (key, value) in inherited.iter().filter(|(key, _)| !own.iter().any(|tag| key_of(tag) == Some(key))) {
        let mut pairs = vec![(Key::Borrowed("Key"), Expr::from(key.as_str())), (Key::Borrowed("Value"), value.clone())];
        if propagate {
            pairs.push((Key::Borrowed("PropagateAtLaunch"), Expr::Bool(true)));
        }
        let tag = computed.iter().fold(Expr::map(pairs), |tag, other| unless_given(other, key, tag));
        if !is_no_value(&tag) {
            known.push((key.clone(), tag));
        }
    }
    known.sort_by_cached_key(|(key, _)| sort_key(key));
    let list = Expr::List(known.into_iter().map(|(_, tag)| tag).chain(computed).collect());
    if let TagShape::Items(_) = shape { Expr::map([("Items", list)]) } else { list }
}

/// The tag, but nothing under the conditions under which `given` is a tag of this key.
fn unless_given(given: &Expr, key: &str, tag: Expr) -> Expr {
    if key_of(given) == Some(key) {
        return Expr::Pseudo(Pseudo::NoValue);
    }
    let Some([test, yes, no]) = branches(given) else { return tag };
    let (yes, no) = (unless_given(yes, key, tag.clone()), unless_given(no, key, tag));
    if yes == no { yes } else { if_else(test, yes, no) }
}

/// The value, with `other` where it is `AWS::NoValue`.
fn or_else(value: &Expr, other: &Expr) -> Expr {
    match branches(value) {
        Some([test, yes, no]) => if_else(test, or_else(yes, other), or_else(no, other)),
        None if is_no_value(value) => other.clone(),
        None => value.clone(),
    }
}

/// The key of a tag, if it is known before deployment. AppStream's older tags say `TagKey`.
fn key_of(tag: &Expr) -> Option<&str> {
    tag.get("Key").or_else(|| tag.get("TagKey")).and_then(Expr::as_str)
}

fn if_else(test: &Expr, yes: Expr, no: Expr) -> Expr {
    Expr::Call("Fn::If", Box::new(Expr::List(vec![test.clone(), yes, no])))
}

/// The condition and both branches of `Fn::If`, typed or as JSON.
fn branches(expr: &Expr) -> Option<&[Expr; 3]> {
    let arguments = match expr {
        Expr::Call("Fn::If", arguments) => arguments,
        Expr::Map(map) if is_function(map) => map.get("Fn::If")?,
        _ => return None,
    };
    arguments.as_list()?.try_into().ok()
}

fn is_no_value(expr: &Expr) -> bool {
    match expr {
        Expr::Null | Expr::Pseudo(Pseudo::NoValue) => true,
        Expr::Map(map) => map.len() == 1 && map.get("Ref").and_then(Expr::as_str) == Some(Pseudo::NoValue.name()),
        _ => false,
    }
}

/// What sets the tag property of a resource as a whole: the property, and overrides of it.
pub(crate) fn given(resource: &ResourceData) -> impl Iterator<Item = &Expr> {
    let property = resource.tags.map(TagShape::property);
    let overrides =
        resource.overrides.iter().filter_map(move |(path, value)| overridden(property?, path, value.as_ref()?));
    resource.props.get(property.unwrap_or_default()).into_iter().chain(overrides)
}

/// The tags that an override of the resource sets as a whole.
fn overridden<'a>(property: &str, path: &str, value: &'a Expr) -> Option<&'a Expr> {
    match path.strip_prefix("Properties") {
        Some("") => value.get(property),
        Some(rest) if rest.strip_prefix('.') == Some(property) => Some(value),
        _ => None,
    }
}

/// An override with the inherited tags, if it sets the tags of the resource; an override of a single tag is as given.
pub(crate) fn merged_override(tree: &Tree, node: NodeId, resource: &ResourceData, path: &str, value: &Expr) -> Expr {
    let merge = || {
        let shape = resource.tags?;
        let own = overridden(shape.property(), path, value)?;
        let tags = merged(shape, Some(own), &inherited(tree, node)).ok()??;
        if path != "Properties" {
            return Some(tags);
        }
        let Expr::Map(mut all) = value.clone() else { return None };
        all.insert(Key::Borrowed(shape.property()), tags);
        Some(Expr::Map(all))
    };
    merge().unwrap_or_else(|| value.clone())
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
