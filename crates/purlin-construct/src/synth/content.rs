//! Ends logical ids with the content of other resources, for those that must be replaced when one of these changes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::expr::Expr;
use crate::node::ResourceData;
use crate::node_id::NodeId;
use crate::tree::Tree;

/// The longest logical id that CloudFormation takes.
const LONGEST: usize = 255;

/// Appends 32 hex digits to the logical id of each resource that follows others.
pub(super) fn end_logical_ids(tree: &Tree, ids: &mut BTreeMap<NodeId, String>) {
    let mut ends = Vec::new();
    for node in tree.preorder(tree.root()) {
        let Some(resource) = tree.resource(node).filter(|resource| !resource.follows.is_empty()) else { continue };
        let mut text = String::new();
        for followed in resource.follows.iter().filter(|at| tree.owns(**at)).flat_map(|at| tree.preorder(*at)) {
            let Some(data) = tree.resource(followed) else { continue };
            write_resource(&mut text, ids.get(&followed), data, ids);
        }
        ends.push((node, format!("{:x}", md5::compute(text.as_bytes()))));
    }
    for (node, end) in ends {
        if let Some(id) = ids.get_mut(&node) {
            id.truncate(LONGEST - end.len());
            id.push_str(&end);
        }
    }
}

fn write_resource(text: &mut String, id: Option<&String>, data: &ResourceData, ids: &BTreeMap<NodeId, String>) {
    let _ = write!(text, "\n{id:?} {:?}", data.type_name);
    if let Some(condition) = data.condition.and_then(|node| ids.get(&node)) {
        let _ = write!(text, " if {condition:?}");
    }
    for (name, value) in data.props.as_map() {
        let _ = write!(text, " {name:?}=");
        write_expr(text, value, ids);
    }
    for (path, value) in &data.overrides {
        let _ = write!(text, " {path:?}:=");
        if let Some(value) = value {
            write_expr(text, value, ids);
        }
    }
}

/// Writes an expression so that different ones never read the same: texts are quoted, references are logical ids.
fn write_expr(text: &mut String, expr: &Expr, ids: &BTreeMap<NodeId, String>) {
    let id = |node: &NodeId| ids.get(node).map_or("", String::as_str);
    let written = match expr {
        Expr::Ref(node) => write!(text, "ref({})", id(node)),
        Expr::Att(node, name) => write!(text, "att({} {name:?})", id(node)),
        Expr::LogicalId(node) => write!(text, "id({})", id(node)),
        Expr::List(items) => return write_all(text, "", items, ids),
        Expr::Join(delimiter, items) => return write_all(text, &format!("join {delimiter:?}"), items, ids),
        Expr::Map(map) => {
            text.push('{');
            for (key, value) in map.iter().filter(|(_, value)| **value != Expr::Null) {
                let _ = write!(text, "{key:?}:");
                write_expr(text, value, ids);
                text.push(',');
            }
            text.push('}');
            return;
        }
        Expr::Call(name, inner) => return write_all(text, name, std::slice::from_ref(&**inner), ids),
        Expr::JsonText(inner) => return write_all(text, "json", std::slice::from_ref(&**inner), ids),
        Expr::Str(value) | Expr::Custom(value) => write!(text, "{value:?}"),
        Expr::Null | Expr::Bool(_) | Expr::Int(_) | Expr::Num(_) | Expr::Pseudo(_) => write!(text, "{expr:?}"),
    };
    written.expect("writing to a string does not fail");
}

fn write_all(text: &mut String, name: &str, items: &[Expr], ids: &BTreeMap<NodeId, String>) {
    text.push_str(name);
    text.push('[');
    for item in items {
        write_expr(text, item, ids);
        text.push(',');
    }
    text.push(']');
}
