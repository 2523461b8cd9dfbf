//! One resource: its attributes, and its properties in every scenario.

use std::sync::LazyLock;

use crate::lint::check::{Check, Found};
use crate::lint::plain;
use crate::lint::problem::{SchemaProblem, Violation};
use crate::lint::scenario::{Scenario, scenarios};
use crate::lint::seen::function;
use crate::lint::unchecked::Unchecked;
use crate::nearest::nearest;
use crate::node::{Position, Spanned};
use crate::schema::ResourceType;
use crate::template::Template;

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-product-attribute-reference.html>
const ATTRIBUTES: [&str; 10] = [
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Description",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
];
/// What custom resources take besides: a word to say that they shall run again.
const CUSTOM_ATTRIBUTES: [&str; 1] = ["Version"];
/// What serverless resources take besides; the transform takes connectors of other resources, too.
const SERVERLESS_ATTRIBUTES: [&str; 2] = ["Connectors", "IgnoreGlobals"];

/// The type whose schema all custom resources share.
const CUSTOM_RESOURCE: &str = "AWS::CloudFormation::CustomResource";

/// The types of which CloudFormation can keep a snapshot.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html>
const WITH_SNAPSHOTS: [&str; 10] = [
    "AWS::DocDB::DBCluster",
    "AWS::EC2::Volume",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::Neptune::DBCluster",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
    "AWS::Serverless::SimpleTable",
    "AWS::RDS::DBSecurityGroup",
];

/// What a resource has that says nothing about its properties.
static NO_PROPERTIES: LazyLock<Spanned> = LazyLock::new(|| Spanned::from_json(&serde_json::json!({})));

pub(super) fn problems(template: &Template, unchecked: &Unchecked, logical_id: &str) -> Vec<SchemaProblem> {
    if unchecked.covers(logical_id, std::iter::empty()) {
        return Vec::new();
    }
    let Some(body) = template.document().get("Resources").and_then(|resources| resources.get(logical_id)) else {
        return Vec::new();
    };
    let Some((logical_id, declared)) = template.resources().get_key_value(logical_id) else { return Vec::new() };
    let resource = Resource { template, unchecked, logical_id, body, kind: &declared.kind, at: declared.at };
    let mut found = resource.attributes();
    found.extend(resource.policies());
    found.extend(resource.properties());
    found
}

struct Resource<'t> {
    template: &'t Template,
    unchecked: &'t Unchecked,
    logical_id: &'t str,
    body: &'t Spanned,
    kind: &'t str,
    at: Position,
}

impl<'t> Resource<'t> {
    fn problem(&self, path: &str, at: Position, violation: Violation) -> SchemaProblem {
        let (resource, resource_type) = (self.logical_id.to_owned(), self.kind.to_owned());
        SchemaProblem { resource, resource_type, path: path.to_owned(), at, violation, when: None }
    }

    fn is_module(&self) -> bool {
        self.kind.ends_with("::MODULE")
    }

    fn is_custom(&self) -> bool {
        self.kind.starts_with("Custom::") || self.kind == CUSTOM_RESOURCE
    }

    fn attributes(&self) -> Vec<SchemaProblem> {
        let mut allowed: Vec<&str> = ATTRIBUTES.to_vec();
        if self.kind.starts_with("AWS::Serverless::") {
            allowed.extend(SERVERLESS_ATTRIBUTES);
        } else if self.is_custom() {
            allowed.extend(CUSTOM_ATTRIBUTES);
        } else if self.template.document().get("Transform").is_some() {
            allowed.extend(["Connectors"]);
        }
        let given = self.body.as_mapping().into_iter().flatten();
        let unknown = given.filter(|(name, _)| !allowed.contains(&name.as_str()) && !name.starts_with("Fn::"));
        let violation = |name: &str| Violation::UnknownAttribute {
            name: name.to_owned(),
            allowed: allowed.iter().map(|name| (*name).to_owned()).collect(),
            suggestion: nearest(name, allowed.iter().copied()).map(str::to_owned),
        };
        let mut found: Vec<SchemaProblem> =
            unknown.map(|(name, entry)| self.problem(name, entry.key.start, violation(name))).collect();
        // A module's resources have policies of their own.
        for name in ["CreationPolicy", "UpdatePolicy"].into_iter().filter(|_| self.is_module()) {
            found.extend(self.body.get(name).map(|it| self.problem(name, it.span.start, Violation::Forbidden)));
        }
        found
    }

    /// `DeletionPolicy` and `UpdateReplacePolicy`.
    fn policies(&self) -> Vec<SchemaProblem> {
        let mut found = Vec::new();
        for (name, more) in [("DeletionPolicy", Some("RetainExceptOnCreate")), ("UpdateReplacePolicy", None)] {
            let Some(value) = self.body.get(name) else { continue };
            // `AWS::LanguageExtensions` allows functions here, whose results are unknown.
            if function(value).is_some_and(|(name, _)| !matches!(name, "Fn::Cidr" | "Fn::GetAZs" | "Fn::Split")) {
                continue;
            }
            let Some(given) = plain::text(value) else {
                let violation = Violation::WrongType { given: value.node.kind().to_owned(), expected: vec!["text"] };
                found.push(self.problem(name, value.span.start, violation));
                continue;
            };
            // A snapshot of a type that no schema knows may well be possible.
            let can_snapshot = WITH_SNAPSHOTS.contains(&self.kind) || !self.kind.starts_with("AWS::");
            let allowed = ["Delete", "Retain"].into_iter().chain(more).chain(can_snapshot.then_some("Snapshot"));
            let allowed: Vec<String> = allowed.map(str::to_owned).collect();
            if !allowed.contains(&given) {
                let suggestion = nearest(&given, allowed.iter().map(String::as_str)).map(str::to_owned);
                let violation = Violation::NotAllowed { given, allowed, suggestion, is_volatile: false };
                found.push(self.problem(name, value.span.start, violation));
            }
        }
        found
    }

    fn properties(&self) -> Vec<SchemaProblem> {
        let Some(kind) = self.schema() else {
            let suggestion = nearest(self.kind, ResourceType::names()).map(str::to_owned);
            let is_aws = self.kind.starts_with("AWS::") && !self.is_module();
            return is_aws
                .then(|| self.problem("Type", self.at, Violation::UnknownType { suggestion }))
                .into_iter()
                .collect();
        };
        let scenarios = scenarios(self.template, self.body);
        let looks: Vec<Vec<SchemaProblem>> = scenarios.iter().map(|scenario| self.look(&kind, scenario)).collect();
        let mut found = merged(&scenarios, looks);
        // Rules may forbid what conditions would bring together.
        if self.template.document().get("Rules").is_some() && scenarios.iter().any(Scenario::is_combination) {
            found.retain(|problem| problem.when.is_none());
        }
        found
    }

    /// The schema of the type; custom resources share one.
    fn schema(&self) -> Option<std::sync::Arc<ResourceType>> {
        ResourceType::find(if self.is_custom() { CUSTOM_RESOURCE } else { self.kind })
    }

    fn look(&self, kind: &ResourceType, scenario: &Scenario<'t>) -> Vec<SchemaProblem> {
        let mut check = Check::new(self.template, self.unchecked, self.logical_id, kind, scenario);
        let has_globals =
            self.kind.starts_with("AWS::Serverless::") && self.template.document().get("Globals").is_some();
        check.is_completed_elsewhere = has_globals || self.body.get("Fn::Transform").is_some();
        let mut found = Found::default();
        let given = self
            .body
            .get("Properties")
            .filter(|it| function(it).is_none_or(|(_, name)| name.as_str() != Some("AWS::NoValue")));
        check.value(kind.schema(), given.unwrap_or(&NO_PROPERTIES), &mut found);
        for problem in &mut found.problems {
            if given.is_none() {
                problem.at = self.at;
            }
            self.kind.clone_into(&mut problem.resource_type);
        }
        found.problems
    }
}

/// Each problem once, with the scenarios' words where it does not come up in all of them.
fn merged(scenarios: &[Scenario<'_>], looks: Vec<Vec<SchemaProblem>>) -> Vec<SchemaProblem> {
    let mut all: Vec<(SchemaProblem, Vec<usize>)> = Vec::new();
    for (number, problems) in looks.into_iter().enumerate() {
        for problem in problems {
            match all.iter_mut().find(|(known, _)| *known == problem) {
                Some((_, numbers)) => numbers.push(number),
                None => all.push((problem, vec![number])),
            }
        }
    }
    let words = |(mut problem, numbers): (SchemaProblem, Vec<usize>)| {
        let is_said_by_path = problem.path.contains("/Fn::If/");
        if numbers.len() < scenarios.len() && !is_said_by_path {
            problem.when = numbers.first().map(|number| scenarios[*number].describe());
        }
        problem
    };
    all.into_iter().map(words).collect()
}
