//! Follows references that cross stacks: an export and an import, or an output and `Fn::GetStackOutput`. Names and ids are
//! the CDK's.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::roles::{self, Reader};
use crate::environment::{describe, partition};
use crate::expr::Expr;
use crate::logical_id::logical_id;
use crate::node::Kind;
use crate::node_id::NodeId;
use crate::problem::Severity;
use crate::reference_strength::{self, Exported, ReferenceStrength};
use crate::tags;
use crate::tree::Tree;
use crate::value_type::type_of;

/// Between the items of a list that becomes one text: outputs are texts.
const DELIMITER: &str = "||";

/// How stacks use each other.
pub(super) struct References {
    /// By producing stack: what its template gets.
    pub published: BTreeMap<NodeId, Published>,
    /// By consuming stack, element and attribute: what its template has in place of the reference.
    imports: BTreeMap<(NodeId, NodeId, Option<String>), Json>,
    /// Which stacks have to be deployed before a stack.
    pub stacks: BTreeMap<NodeId, BTreeSet<NodeId>>,
}

/// What a producing stack has for others.
#[derive(Default)]
pub(super) struct Published {
    /// By logical id.
    pub outputs: BTreeMap<String, PublishedOutput>,
    /// The stacks of other accounts that read the outputs.
    pub readers: BTreeSet<Reader>,
}

/// An output that other stacks refer to.
pub(super) struct PublishedOutput {
    pub value: Expr,
    pub export: Option<String>,
}

impl References {
    /// What a stack has in place of a reference to another stack.
    pub fn import(&self, consumer: NodeId, expr: &Expr) -> Option<&Json> {
        self.imports.get(&import_key(consumer, expr)?)
    }

    /// Publishes a value by an export, and returns the export's name.
    fn export(&mut self, tree: &Tree, producer: NodeId, expr: &Expr, target_id: &str) -> String {
        let id = published_id("Exports", expr, target_id);
        let name = format!("{}:{id}", tree.stack_data(producer).name);
        let output = PublishedOutput { value: as_text(tree, expr), export: Some(name.clone()) };
        self.published.entry(producer).or_default().outputs.insert(id, output);
        name
    }

    /// Publishes a value by an output, and returns the function that reads it.
    fn output(&mut self, tree: &Tree, consumer: NodeId, producer: NodeId, expr: &Expr, target_id: &str) -> Json {
        let id = published_id("Publish", expr, target_id);
        let (from, to) = (tree.stack_data(producer), tree.stack_data(consumer));
        let region = from.environment.region.as_ref().map_or_else(|| json!({"Ref": "AWS::Region"}), |name| json!(name));
        let mut arguments = json!({"StackName": from.name, "OutputName": id, "Region": region});
        let published = self.published.entry(producer).or_default();
        if from.environment.account != to.environment.account {
            published.readers.extend(Reader::of(tree, consumer));
            arguments["RoleArn"] = roles::role_arn(tree, producer);
        }
        published.outputs.insert(id, PublishedOutput { value: as_text(tree, expr), export: None });
        json!({"Fn::GetStackOutput": arguments})
    }
}

/// A value as the text of an output.
fn as_text(tree: &Tree, expr: &Expr) -> Expr {
    if !type_of(tree, expr).is_list() {
        return expr.clone();
    }
    Expr::Call("Fn::Join", Box::new(Expr::List(vec![DELIMITER.into(), expr.clone()])))
}

/// What tells imports apart; none for an expression that is no reference.
fn import_key(consumer: NodeId, expr: &Expr) -> Option<(NodeId, NodeId, Option<String>)> {
    let attribute = if let Expr::Att(_, name) = expr { Some(name.to_string()) } else { None };
    Some((consumer, expr.target()?, attribute))
}

pub(super) fn resolve(
    tree: &mut Tree,
    ids: &BTreeMap<NodeId, String>,
    stacks: BTreeMap<NodeId, BTreeSet<NodeId>>,
) -> References {
    let mut found = References { published: BTreeMap::new(), imports: BTreeMap::new(), stacks };
    for (user, expr) in crossing(tree) {
        if let Expr::LogicalId(element) = expr {
            let path = if tree.owns(element) { tree.path(element) } else { "another app's".to_owned() };
            let message = format!("the condition or mapping `{path}` is used outside of its stack");
            tree.report(user, Severity::Error, message, "declare one like it in this stack".to_owned());
            continue;
        }
        let (Some(consumer), Some(target)) = (tree.stack_of(user), expr.target()) else { continue };
        if !tree.owns(target) {
            let message = "refers to a construct of another app".to_owned();
            tree.report(
                user,
                Severity::Error,
                message,
                "build both in one app, or pass the value on by hand".to_owned(),
            );
            continue;
        }
        let Some(producer) = tree.stack_of(target) else { continue };
        if let Some((message, hint)) = refusal(tree, consumer, producer, target) {
            tree.report(user, Severity::Error, message, hint);
            continue;
        }
        let Some(target_id) = ids.get(&target) else { continue };
        let is_near = tree.stack_data(producer).environment == tree.stack_data(consumer).environment;
        let strength = if is_near { strength(tree, consumer, target) } else { ReferenceStrength::Weak };
        let mut import = Json::Null;
        if strength != ReferenceStrength::Weak {
            import = json!({"Fn::ImportValue": found.export(tree, producer, &expr, target_id)});
        }
        if strength != ReferenceStrength::Strong {
            import = found.output(tree, consumer, producer, &expr, target_id);
        }
        if type_of(tree, &expr).is_list() {
            import = json!({"Fn::Split": [DELIMITER, import]});
        }
        found.stacks.entry(consumer).or_default().insert(producer);
        found.imports.extend(import_key(consumer, &expr).map(|key| (key, import)));
    }
    for stack in tree.stacks() {
        let exported = tree.extension::<Exported>(stack);
        for expr in exported.iter().flat_map(|it| &it.0) {
            let own = expr.target().filter(|target| tree.owns(*target) && tree.stack_of(*target) == Some(stack));
            if let Some(id) = own.and_then(|target| ids.get(&target)) {
                found.export(tree, stack, expr, id);
            } else {
                let message = "`export_value` is given something else than a reference to this stack".to_owned();
                let hint = "give it `handle.id()` or an attribute; other values have `CfnOutput` with `export_name`";
                tree.report(stack, Severity::Error, message, hint.to_owned());
            }
        }
    }
    report_circles(tree, &found.stacks);
    found
}

/// The strength of a reference: the target's own choice, else that of the stack which refers to it.
fn strength(tree: &mut Tree, consumer: NodeId, target: NodeId) -> ReferenceStrength {
    let own = tree.ancestors(target).find_map(|at| tree.extension::<ReferenceStrength>(at));
    if let Some(own) = own {
        return *own;
    }
    let key = reference_strength::CONTEXT;
    let Some(value) = tree.ancestors(consumer).find_map(|at| tree[at].context.get(key).cloned()) else {
        return ReferenceStrength::Strong;
    };
    ReferenceStrength::named(&value).unwrap_or_else(|| {
        let message = format!("the context value `{key}` is `{value}`, and takes `strong`, `weak` or `both`");
        tree.report(consumer, Severity::Error, message, "correct the value".to_owned());
        ReferenceStrength::Strong
    })
}

/// Every reference from one stack to an element of another, with the node that has it.
fn crossing(tree: &Tree) -> Vec<(NodeId, Expr)> {
    let mut found: Vec<(NodeId, Expr)> = Vec::new();
    for node in tree.preorder(tree.root()) {
        let (home, start) = (tree.stack_of(node), found.len());
        let mut look = |expr: &Expr| {
            let name = if let Expr::LogicalId(element) = expr { Some(*element) } else { None };
            let Some(target) = expr.target().or(name) else { return };
            let foreign = !tree.owns(target) || tree.stack_of(target) != home;
            if foreign && !found[start..].iter().any(|(_, known)| known == expr) {
                found.push((node, expr.clone()));
            }
        };
        for expr in expressions(tree, node) {
            expr.walk(&mut look);
        }
        if tree.resource(node).is_some_and(|resource| resource.tags.is_some()) {
            for tag in tags::inherited(tree, node).values() {
                tag.walk(&mut look);
            }
        }
        if let Some(condition) = condition(tree, node) {
            look(&Expr::LogicalId(condition));
        }
    }
    found
}

/// The condition an element depends on.
fn condition(tree: &Tree, node: NodeId) -> Option<NodeId> {
    match &tree[node].kind {
        Kind::Resource(resource) => resource.condition,
        Kind::Output(output) => output.condition,
        _ => None,
    }
}

/// What an element's rendering will read.
pub(crate) fn expressions(tree: &Tree, node: NodeId) -> Vec<&Expr> {
    match &tree[node].kind {
        Kind::Resource(resource) => {
            let overrides = resource.overrides.iter().filter_map(|(_, expr)| expr.as_ref());
            let attributes = [&resource.creation_policy, &resource.update_policy].into_iter().flatten();
            let props = resource.props.as_map().values();
            props.chain(overrides).chain(attributes).chain(resource.metadata.values()).collect()
        }
        Kind::Output(output) => std::iter::once(&output.value).chain(&output.export).collect(),
        Kind::Condition(test) => vec![test],
        Kind::Parameter(data) => data.0.values().collect(),
        Kind::Mapping(data) => data.0.values().flat_map(BTreeMap::values).collect(),
        Kind::Rule(rule) => rule.condition.iter().chain(rule.assertions.iter().map(|(test, _)| test)).collect(),
        Kind::Stack(stack) => stack.metadata.values().collect(),
        _ => Vec::new(),
    }
}

fn refusal(tree: &Tree, consumer: NodeId, producer: NodeId, target: NodeId) -> Option<(String, String)> {
    let (from, to) = (tree.stack_data(producer), tree.stack_data(consumer));
    let path = tree.path(target);
    if tree.stage_of(consumer) != tree.stage_of(producer) {
        let message = format!("refers to `{path}`, which belongs to another stage");
        return Some((message, "stages are deployed apart from each other: pass the value by name".to_owned()));
    }
    let (near, far) = (&to.environment, &from.environment);
    if near == far {
        return None;
    }
    let said = format!(
        "refers to `{path}` of the stack `{}` ({}) from the stack `{}` ({})",
        from.name,
        describe(far),
        to.name,
        describe(near)
    );
    let is_known = near.region.is_some() && far.region.is_some();
    let is_one_account = near.account == far.account || near.account.is_some() && far.account.is_some();
    if !is_known || !is_one_account {
        let hint =
            "give both stacks their account and region: `.env(Environment::of(\"111122223333\", \"eu-west-1\"))`";
        return Some((format!("{said}, and it is not known whether they are in one place"), hint.to_owned()));
    }
    if partition(near) != partition(far) {
        let hint = "give the resource a fixed name, and refer to it by that name";
        return Some((format!("{said}: AWS has no references across partitions"), hint.to_owned()));
    }
    None
}

/// The CDK's: the readable form of the reference, below a scope of this name.
fn published_id(scope: &str, expr: &Expr, target_id: &str) -> String {
    let readable = match expr {
        Expr::Att(_, name) => format!("Output{{\"Fn::GetAtt\":[\"{target_id}\",\"{name}\"]}}"),
        _ => format!("Output{{\"Ref\":\"{target_id}\"}}"),
    };
    logical_id(&[scope, &readable]).unwrap_or_default()
}

fn report_circles(tree: &mut Tree, stacks: &BTreeMap<NodeId, BTreeSet<NodeId>>) {
    for (stack, on) in stacks {
        for other in on {
            let back = reaches(stacks, *other, *stack, &mut BTreeSet::new());
            if back && stack <= other {
                let (one, two) = (tree.stack_data(*stack).name.clone(), tree.stack_data(*other).name.clone());
                let message = format!("the stacks `{one}` and `{two}` depend on each other");
                let hint = "move what they share into a third stack, or both into one".to_owned();
                tree.report(*stack, Severity::Error, message, hint);
            }
        }
    }
}

fn reaches(stacks: &BTreeMap<NodeId, BTreeSet<NodeId>>, from: NodeId, to: NodeId, seen: &mut BTreeSet<NodeId>) -> bool {
    from == to
        || seen.insert(from)
            && stacks.get(&from).is_some_and(|next| next.iter().any(|stack| reaches(stacks, *stack, to, seen)))
}
