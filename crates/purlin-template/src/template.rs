//! A document seen as a CloudFormation template: its sections, its resources and what they refer to.

use indexmap::IndexMap;
use serde_json::Value;

use crate::error::TemplateError;
use crate::graph::{Cycle, Graph};
use crate::lint::{SchemaProblem, Unchecked};
use crate::node::{Node, Position, Spanned};
use crate::problems::{TemplateProblem, nested_problems, problems, stack_output_problem};
use crate::references::{Found, Reference, StackOutput, Target, references};

/// A CloudFormation template, whichever tool wrote it.
#[derive(Debug, Clone)]
pub struct Template {
    document: Spanned,
    parameters: IndexMap<String, Parameter>,
    resources: IndexMap<String, Resource>,
    outputs: IndexMap<String, Output>,
    found: Found,
    misshapen: Vec<TemplateError>,
    graph: Graph,
}

/// A parameter of a template.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// `String`, `Number`, `AWS::SSM::Parameter::Value<String>` and so on.
    pub kind: String,
    /// The value when none is given.
    pub default: Option<Value>,
    /// Whether CloudFormation hides the value.
    pub no_echo: bool,
    /// Where it is declared.
    pub at: Position,
}

/// A resource of a template; its body is [`Template::properties`].
#[derive(Debug, Clone)]
pub struct Resource {
    /// `AWS::SNS::Topic`; empty when the template forgot it, which [`Template::problems`] reports.
    pub kind: String,
    /// The condition that decides whether it exists.
    pub condition: Option<String>,
    /// The resources it waits for explicitly.
    pub depends_on: Vec<String>,
    /// `Retain`, `Snapshot` ..: what happens to it when it leaves the stack.
    pub deletion_policy: Option<String>,
    /// The same when an update replaces it.
    pub update_replace_policy: Option<String>,
    /// Where it is declared.
    pub at: Position,
}

/// An output of a template.
#[derive(Debug, Clone)]
pub struct Output {
    /// What it is for.
    pub description: Option<String>,
    /// The condition that decides whether it exists.
    pub condition: Option<String>,
    /// The value, as written.
    pub value: Value,
    /// The name other stacks import it by, as written.
    pub export: Option<Value>,
    /// Where it is declared.
    pub at: Position,
}

impl Template {
    /// Reads a template from JSON or YAML text.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        Self::from_document(crate::load(text)?)
    }

    /// Takes a template that was never text; its positions are unknown.
    pub fn from_json(value: &Value) -> Result<Self, TemplateError> {
        Self::from_document(Spanned::from_json(value))
    }

    /// Looks at a loaded document as a template.
    pub fn from_document(document: Spanned) -> Result<Self, TemplateError> {
        if document.as_mapping().is_none() {
            return Err(shape("the template", &document, "a mapping with the section `Resources`"));
        }
        if document.get("Resources").is_none() {
            return Err(missing("Resources", &document, "a mapping of logical ids to resources"));
        }
        let mut misshapen = Vec::new();
        let parameters = section(&document, "Parameters", parameter, &mut misshapen)?;
        let resources = section(&document, "Resources", resource, &mut misshapen)?;
        let outputs = section(&document, "Outputs", output, &mut misshapen)?;
        let found = references(&document);
        let graph = graph(&resources, found.references.iter());
        Ok(Self { document, parameters, resources, outputs, found, misshapen, graph })
    }

    /// The whole document.
    pub fn document(&self) -> &Spanned {
        &self.document
    }

    /// What the template says about itself.
    pub fn description(&self) -> Option<&str> {
        self.document.get("Description")?.as_str()
    }

    /// The parameters, in template order.
    pub fn parameters(&self) -> &IndexMap<String, Parameter> {
        &self.parameters
    }

    /// The resources by logical id, in template order. Loops (`Fn::ForEach`) are not resources.
    pub fn resources(&self) -> &IndexMap<String, Resource> {
        &self.resources
    }

    /// The outputs, in template order.
    pub fn outputs(&self) -> &IndexMap<String, Output> {
        &self.outputs
    }

    /// The names of the conditions.
    pub fn conditions(&self) -> impl Iterator<Item = &str> {
        self.keys("Conditions")
    }

    /// The names of the mappings.
    pub fn mappings(&self) -> impl Iterator<Item = &str> {
        self.keys("Mappings")
    }

    /// The properties of a resource, if it has any.
    pub fn properties(&self, logical_id: &str) -> Option<&Spanned> {
        self.document.get("Resources")?.get(logical_id)?.get("Properties")
    }

    /// The metadata of a resource, if it has any.
    pub fn metadata(&self, logical_id: &str) -> Option<&Spanned> {
        self.document.get("Resources")?.get(logical_id)?.get("Metadata")
    }

    /// Every reference of the template, in document order of its sections.
    pub fn references(&self) -> &[Reference] {
        &self.found.references
    }

    /// What depends on what.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// What the resource depends on directly.
    pub fn dependencies(&self, logical_id: &str) -> Vec<&str> {
        self.graph.dependencies(logical_id)
    }

    /// The resources, each after what it depends on.
    pub fn creation_order(&self) -> Result<Vec<&str>, Cycle> {
        self.graph.order()
    }

    /// Everything CloudFormation would refuse that can be seen without it: names that do not exist, references where none
    /// is allowed, lists as outputs, defaults that their parameter does not take.
    pub fn problems(&self) -> Vec<TemplateProblem> {
        self.problems_except(&Unchecked::default())
    }

    /// The same, without the unchecked places.
    pub fn problems_except(&self, unchecked: &Unchecked) -> Vec<TemplateProblem> {
        problems(self).into_iter().filter(|it| !it.is_covered(unchecked)).collect()
    }

    /// The outputs of other stacks that the template reads, where both names are written out.
    pub fn stack_outputs(&self) -> &[StackOutput] {
        &self.found.stack_outputs
    }

    /// What is wrong with reading an output of a stack that has the template `other`.
    pub fn stack_output_problem(&self, read: &StackOutput, other: &Template) -> Option<TemplateProblem> {
        stack_output_problem(read, other)
    }

    /// What is wrong between a nested stack of this template and the template that the nested stack has: outputs that it
    /// does not return, parameters that it does not take or that it needs.
    pub fn nested_problems(&self, logical_id: &str, nested: &Template) -> Vec<TemplateProblem> {
        nested_problems(self, logical_id, nested)
    }

    /// Everything that is wrong with the resources by the registry's schemas of their types.
    pub fn schema_problems(&self) -> Vec<SchemaProblem> {
        self.schema_problems_except(&Unchecked::default())
    }

    /// The same, without the unchecked places.
    pub fn schema_problems_except(&self, unchecked: &Unchecked) -> Vec<SchemaProblem> {
        crate::lint::problems(self, unchecked)
    }

    /// The template as JSON.
    pub fn to_json(&self) -> Value {
        self.document.to_json()
    }

    /// What stands where something else belongs, a number where a resource does.
    pub(crate) fn misshapen(&self) -> &[TemplateError] {
        &self.misshapen
    }

    /// What a walk over the template has found.
    pub(crate) fn found(&self) -> &Found {
        &self.found
    }

    fn keys(&self, section: &str) -> impl Iterator<Item = &str> {
        self.document
            .get(section)
            .and_then(Spanned::as_mapping)
            .into_iter()
            .flat_map(|map| map.keys().map(String::as_str))
    }
}

/// Reads one section into its items, leaving out loops and what is no item.
fn section<T>(
    document: &Spanned,
    name: &str,
    read: fn(&str, &Spanned, Position, &mut Vec<TemplateError>) -> T,
    misshapen: &mut Vec<TemplateError>,
) -> Result<IndexMap<String, T>, TemplateError> {
    let Some(section) = document.get(name) else { return Ok(IndexMap::new()) };
    let Some(entries) = section.as_mapping() else {
        return Err(shape(name, section, "a mapping"));
    };
    let mut items = IndexMap::new();
    for (key, entry) in entries.iter().filter(|(key, _)| !key.starts_with("Fn::")) {
        let path = format!("{name}/{key}");
        if entry.value.as_mapping().is_none() {
            misshapen.push(shape(&path, &entry.value, "a mapping"));
        } else {
            items.insert(key.clone(), read(&path, &entry.value, entry.key.start, misshapen));
        }
    }
    Ok(items)
}

fn parameter(path: &str, body: &Spanned, at: Position, misshapen: &mut Vec<TemplateError>) -> Parameter {
    let no_echo = body.get("NoEcho").is_some_and(|value| match &value.node {
        Node::Bool(value) => *value,
        Node::String(text) => text.eq_ignore_ascii_case("true"),
        _ => false,
    });
    let default = body.get("Default").map(Spanned::to_json);
    Parameter { kind: text(body, path, "Type", misshapen).unwrap_or_default(), default, no_echo, at }
}

fn resource(path: &str, body: &Spanned, at: Position, misshapen: &mut Vec<TemplateError>) -> Resource {
    Resource {
        kind: text(body, path, "Type", misshapen).unwrap_or_default(),
        condition: text(body, path, "Condition", misshapen),
        depends_on: depends_on(body).map(|(id, _)| id.to_owned()).collect(),
        // With `AWS::LanguageExtensions` policies may be functions, which only the deployed template resolves.
        deletion_policy: body.get("DeletionPolicy").and_then(Spanned::as_str).map(str::to_owned),
        update_replace_policy: body.get("UpdateReplacePolicy").and_then(Spanned::as_str).map(str::to_owned),
        at,
    }
}

fn output(path: &str, body: &Spanned, at: Position, misshapen: &mut Vec<TemplateError>) -> Output {
    if body.get("Value").is_none() {
        misshapen.push(missing(&format!("{path}/Value"), body, "the value of the output"));
    }
    Output {
        description: body.get("Description").and_then(Spanned::as_str).map(str::to_owned),
        condition: text(body, path, "Condition", misshapen),
        value: body.get("Value").map(Spanned::to_json).unwrap_or_default(),
        export: body.get("Export").and_then(|export| export.get("Name")).map(Spanned::to_json),
        at,
    }
}

/// `DependsOn` is one logical id or a list of them.
fn depends_on(body: &Spanned) -> impl Iterator<Item = (&str, Position)> {
    let value = body.get("DependsOn");
    let items = value.map_or(&[][..], |value| value.as_sequence().unwrap_or(std::slice::from_ref(value)));
    items.iter().filter_map(|item| Some((item.as_str()?, item.span.start)))
}

/// The resources and the edges between them that the references make.
pub(crate) fn graph<'a>(
    resources: &IndexMap<String, Resource>,
    references: impl Iterator<Item = &'a Reference>,
) -> Graph {
    let mut graph = Graph::default();
    for id in resources.keys() {
        graph.add_resource(id);
    }
    for reference in references {
        let from = reference.path.strip_prefix("Resources/").and_then(|path| path.split('/').next());
        let to = match &reference.target {
            Target::Value(name) | Target::Resource(name) => Some(name).filter(|name| resources.contains_key(*name)),
            Target::Condition(_) | Target::Mapping(_) => None,
        };
        if let (Some(from), Some(to)) = (from, to) {
            graph.add_dependency(from, to);
        }
    }
    graph
}

fn text(body: &Spanned, path: &str, key: &str, misshapen: &mut Vec<TemplateError>) -> Option<String> {
    let value = body.get(key)?;
    if value.as_str().is_none() {
        misshapen.push(shape(&format!("{path}/{key}"), value, "text"));
    }
    value.as_str().map(str::to_owned)
}

fn shape(what: &str, value: &Spanned, expected: &'static str) -> TemplateError {
    TemplateError::Shape { what: what.to_owned(), at: value.span.start, found: value.node.kind(), expected }
}

fn missing(what: &str, parent: &Spanned, expected: &'static str) -> TemplateError {
    TemplateError::Shape { what: what.to_owned(), at: parent.span.start, found: "missing", expected }
}
