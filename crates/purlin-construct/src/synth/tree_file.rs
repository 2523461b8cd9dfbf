//! `tree.json`: the construct tree, for tools that draw it.

use serde_json::{Map, Value as Json, json};

use crate::node::Kind;
use crate::node_id::NodeId;
use crate::tree::Tree;

pub(super) fn render(tree: &Tree) -> Json {
    json!({"version": "tree-0.1", "tree": node(tree, tree.root())})
}

fn node(tree: &Tree, at: NodeId) -> Json {
    let here = &tree[at];
    let mut out = Map::new();
    out.insert("id".into(), json!(if here.parent.is_none() { "App" } else { &here.id }));
    out.insert("path".into(), json!(tree.path(at)));
    if let Kind::Resource(resource) = &here.kind {
        out.insert("attributes".into(), json!({"aws:cdk:cloudformation:type": resource.type_name}));
    }
    let children: Map<String, Json> =
        here.children.iter().map(|child| (tree[*child].id.clone(), node(tree, *child))).collect();
    if !children.is_empty() {
        out.insert("children".into(), Json::Object(children));
    }
    let construct_info = json!({"fqn": fqn(tree, at), "version": env!("CARGO_PKG_VERSION")});
    out.insert("constructInfo".into(), construct_info);
    Json::Object(out)
}

/// `purlin::ec2::vpc::VpcProps` is the recipe of `purlin.Vpc`.
fn fqn(tree: &Tree, at: NodeId) -> String {
    let recipe = match tree[at].kind {
        Kind::App => "purlin_construct::App",
        _ => tree[at].construct,
    };
    let plain = recipe.split('<').next().unwrap_or(recipe);
    let mut parts = plain.split("::");
    let krate = parts.next().unwrap_or_default().split('_').next().unwrap_or_default();
    match parts.last() {
        Some(name) => format!("{krate}.{}", name.strip_suffix("Props").unwrap_or(name)),
        None => "constructs.Construct".to_owned(),
    }
}
