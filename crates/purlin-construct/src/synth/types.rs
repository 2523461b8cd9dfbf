//! Checks that a text, a list and a number are given where each is wanted, before CloudFormation does.

use super::{json_text, references};
use crate::expr::Expr;
use crate::node::Kind;
use crate::node_id::NodeId;
use crate::problem::Severity;
use crate::tree::Tree;
use crate::value_type::{ValueType, type_of};

pub(super) fn check(tree: &mut Tree) {
    let mut found: Vec<(NodeId, String, &str)> = Vec::new();
    for node in tree.preorder(tree.root()) {
        let mut report = |(message, hint): (String, &'static str)| found.push((node, message, hint));
        for expr in references::expressions(tree, node) {
            expr.walk(&mut |part| {
                let faults = fault(tree, part).into_iter().chain(foreign_fault(tree, node, part));
                faults.for_each(&mut report);
            });
        }
        if let Kind::Output(output) = &tree[node].kind {
            let texts = [("value", Some(&output.value)), ("export name", output.export.as_ref())];
            for (name, expr) in texts.into_iter().filter_map(|(name, expr)| Some((name, expr?))) {
                list_as_text(tree, expr, &format!("the {name} of an output")).into_iter().for_each(&mut report);
            }
        }
        for (key, value) in &tree[node].tags {
            let Some(value) = value else { continue };
            list_as_text(tree, value, &format!("the value of the tag `{key}`")).into_iter().for_each(&mut report);
        }
    }
    for (node, message, hint) in found {
        tree.report(node, Severity::Error, message, hint.to_owned());
    }
}

type Fault = (String, &'static str);

/// What is wrong with the arguments of one function.
fn fault(tree: &Tree, expr: &Expr) -> Option<Fault> {
    match expr {
        Expr::Num(number) if !number.is_finite() => {
            Some((format!("a number is `{number}`, and JSON has finite numbers only"), "give a finite number"))
        }
        Expr::Join(_, items) => items.iter().find_map(|item| list_as_text(tree, item, "an item of a text")),
        Expr::Call("Fn::Base64" | "Fn::ImportValue", argument) => {
            list_as_text(tree, argument, "the argument of a function")
        }
        Expr::Call("Fn::Split", argument) => {
            argument.as_list().and_then(|items| list_as_text(tree, items.get(1)?, "the text of `Fn::Split`"))
        }
        Expr::Call("Fn::Sub", argument) => {
            let variables = argument.as_list().and_then(|items| items.get(1));
            let Some(Expr::Map(variables)) = variables else { return None };
            let mut variables = variables.iter();
            variables
                .find_map(|(name, value)| list_as_text(tree, value, &format!("the variable `{name}` of `Fn::Sub`")))
        }
        Expr::Call(name @ ("Fn::Join" | "Fn::Select"), argument) => {
            let list = argument.as_list().and_then(|items| items.get(1))?;
            let kind = type_of(tree, list);
            let is_wrong = matches!(kind, ValueType::Number | ValueType::Bool | ValueType::Map);
            is_wrong
                .then(|| (format!("`{name}` is given a {kind:?}, and takes a list").to_lowercase(), "give it a list"))
        }
        Expr::JsonText(inner) => json_fault(inner),
        _ => None,
    }
}

/// A value of another stack where CloudFormation has none: "Cannot use Fn::ImportValue in Conditions".
fn foreign_fault(tree: &Tree, user: NodeId, expr: &Expr) -> Option<Fault> {
    let place = match tree[user].kind {
        Kind::Condition(_) => "condition",
        Kind::Rule(_) => "rule",
        Kind::Mapping(_) => "mapping",
        Kind::Parameter(_) => "parameter",
        _ => return None,
    };
    let is_import = matches!(expr, Expr::Call("Fn::ImportValue", _));
    let is_foreign = |target: NodeId| tree.owns(target) && tree.stack_of(target) != tree.stack_of(user);
    (is_import || expr.target().is_some_and(is_foreign)).then(|| {
        let message = format!(
            "a {place} has a value of another stack, and CloudFormation takes those in resources and outputs only"
        );
        (message, "decide in Rust, for example by a context value, or add a parameter to this stack")
    })
}

fn list_as_text(tree: &Tree, expr: &Expr, place: &str) -> Option<Fault> {
    type_of(tree, expr).is_list().then(|| {
        let message = format!("{place} is a list, and takes a text");
        (
            message,
            "join the list with `intrinsics::join(\",\", list)`, or take one item with `intrinsics::select(0, list)`",
        )
    })
}

/// An item of a list, or each member of a map, that may be absent: a join cannot leave its comma out.
fn json_fault(expr: &Expr) -> Option<Fault> {
    let sometimes = |values: &mut dyn Iterator<Item = &Expr>| values.filter(|it| json_text::may_be_absent(it)).count();
    let is_fault = match expr {
        Expr::List(items) => sometimes(&mut items.iter()) > 0,
        Expr::Map(map) => {
            let present = map.values().filter(|it| !json_text::is_absent(it)).count();
            let sometimes = sometimes(&mut map.values());
            sometimes > 1 && sometimes == present
        }
        _ => false,
    };
    if is_fault {
        let message = "a part of a JSON text is `no_value()` under a condition, and CloudFormation cannot leave it out";
        let hint = "choose between two whole texts: `if_(&condition, json_text(..), json_text(..))`";
        return Some((message.to_owned(), hint));
    }
    match expr {
        Expr::List(items) => items.iter().find_map(json_fault),
        Expr::Map(map) => map.values().find_map(json_fault),
        Expr::Call("Fn::If", argument) => argument.as_list()?.iter().skip(1).find_map(json_fault),
        _ => None,
    }
}
