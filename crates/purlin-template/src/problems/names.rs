//! The names that a template declares, and those that its transforms make.

use crate::node::{Mapping, Spanned};
use crate::references::Section;
use crate::template::Template;
use crate::transforms;

/// Values every stack has without declaring them.
pub(super) const PSEUDO_PARAMETERS: [&str; 8] = [
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// How the ids begin that `AWS::Serverless` makes for several resources together; the others begin with the id of one.
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html>
const SERVERLESS: [&str; 5] =
    ["Serverless", "CodeDeployServiceRole", "ApiGatewayDomainName", "HttpApiDomainName", "RecordSetGroup"];

/// Whether a name exists when the template is deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Existence {
    Exists,
    /// A transform may make it.
    Unknown,
    Missing,
}

/// Looks names up.
pub(super) struct Names<'t> {
    template: &'t Template,
    conditions: Option<&'t Mapping>,
    mappings: Option<&'t Mapping>,
    is_serverless: bool,
    /// A macro of unknown effect may add names of any kind.
    is_open: bool,
}

impl<'t> Names<'t> {
    pub(super) fn of(template: &'t Template) -> Self {
        let section = |name| template.document().get(name).and_then(Spanned::as_mapping);
        Self {
            template,
            conditions: section("Conditions"),
            mappings: section("Mappings"),
            is_serverless: template.resources().values().any(|it| it.kind.starts_with("AWS::Serverless::")),
            is_open: transforms::has_unknown(template),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    pub(super) fn parameter(&self, name: &str) -> Existence {
        let is_declared = self.template.parameters().contains_key(name) || PSEUDO_PARAMETERS.contains(&name);
        self.existence(is_declared, &["Parameters"])
    }

    pub(super) fn resource(&self, name: &str) -> Existence {
        let is_declared = self.template.resources().contains_key(name)
            || self.is_made_by_loop(name, "Resources")
            || self.is_part(name)
            || (self.is_serverless && SERVERLESS.iter().any(|start| name.starts_with(start)))
            || self.template.found().made.iter().any(|made| made == name);
        self.existence(is_declared, &["Resources"])
    }

    /// A parameter or a resource: they share one namespace.
    pub(super) fn value(&self, name: &str) -> Existence {
        match self.parameter(name) {
            Existence::Exists => Existence::Exists,
            parameter => match self.resource(name) {
                Existence::Missing => parameter,
                resource => resource,
            },
        }
    }

    pub(super) fn condition(&self, name: &str) -> Existence {
        let is_declared = self.conditions.is_some_and(|all| all.contains_key(name))
            || self.is_made_by_loop(name, "Conditions")
            // For the usage plan that functions share.
            || (self.is_serverless && self.is_part(name));
        self.existence(is_declared, &["Conditions"])
    }

    pub(super) fn mapping(&self, name: &str) -> Existence {
        self.existence(self.mappings.is_some_and(|all| all.contains_key(name)), &["Mappings"])
    }

    pub(super) fn parameters(&self) -> impl Iterator<Item = &'t str> {
        self.template.parameters().keys().map(String::as_str).chain(PSEUDO_PARAMETERS)
    }

    pub(super) fn resources(&self) -> impl Iterator<Item = &'t str> {
        self.template.resources().keys().map(String::as_str)
    }

    pub(super) fn conditions(&self) -> impl Iterator<Item = &'t str> {
        self.conditions.into_iter().flat_map(Mapping::keys).map(String::as_str)
    }

    pub(super) fn mappings(&self) -> impl Iterator<Item = &'t str> {
        self.mappings.into_iter().flat_map(Mapping::keys).map(String::as_str)
    }

    fn existence(&self, is_declared: bool, sections: &[Section]) -> Existence {
        let is_open =
            || self.is_open || sections.iter().any(|section| self.template.found().included.contains(section));
        match is_declared {
            true => Existence::Exists,
            false if is_open() => Existence::Unknown,
            false => Existence::Missing,
        }
    }

    fn is_made_by_loop(&self, name: &str, section: Section) -> bool {
        let mut of_section = self.template.found().looped.iter().filter(|(of, _)| *of == section);
        of_section.any(|(_, id)| is_instance(id, name))
    }

    /// Whether the name begins with that of a resource of which a transform or module makes several.
    fn is_part(&self, name: &str) -> bool {
        let mut declared = self.template.resources().keys();
        let mut looped = self.template.found().looped.iter().filter(|(of, _)| *of == "Resources");
        declared.any(|id| name.starts_with(id.as_str()) && is_expanded(self.template, id))
            || looped.any(|(_, id)| is_instance(&format!("{id}${{}}"), name))
    }
}

/// Whether CloudFormation makes several resources of this one, named after it: what refers to a part of it, or to which a
/// part refers, is not known here.
pub(super) fn is_expanded(template: &Template, logical_id: &str) -> bool {
    let kind = template.resources().get(logical_id).map_or("", |resource| resource.kind.as_str());
    let has_connectors = || template.document().get("Resources").and_then(|all| all.get(logical_id)?.get("Connectors"));
    kind.starts_with("AWS::Serverless::")
        || kind.ends_with("::MODULE")
        || (kind == "AWS::SecretsManager::RotationSchedule" && transforms::has(template, "AWS::SecretsManager-"))
        || has_connectors().is_some()
}

/// Whether `Topic${Name}` can be `TopicOrders`.
fn is_instance(id: &str, name: &str) -> bool {
    let pieces = pieces(id);
    let (Some((first, rest)), Some(last)) = (pieces.split_first(), pieces.last()) else { return false };
    let Some(mut rest_of_name) = name.strip_prefix(first.as_str()) else { return false };
    if rest.is_empty() {
        return rest_of_name.is_empty();
    }
    for piece in &rest[..rest.len() - 1] {
        let Some((_, after)) = rest_of_name.split_once(piece.as_str()) else { return false };
        rest_of_name = after;
    }
    rest_of_name.ends_with(last.as_str())
}

/// The text between the variables of an id.
fn pieces(id: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut rest = id;
    while let Some(start) = rest.find("${").into_iter().chain(rest.find("&{")).min() {
        let Some(length) = rest[start..].find('}') else { break };
        pieces.last_mut().expect("there is always a last piece").push_str(&rest[..start]);
        pieces.push(String::new());
        rest = &rest[start + length + 1..];
    }
    pieces.last_mut().expect("there is always a last piece").push_str(rest);
    pieces
}

#[cfg(test)]
mod tests {
    use super::is_instance;

    #[test]
    fn ids_of_loops_match_the_names_they_can_make() {
        for (id, name, expected) in [
            ("Topic${Name}", "TopicOrders", true),
            ("Topic${Name}", "Queue", false),
            ("${Name}Topic", "OrdersTopic", true),
            ("A${X}B&{Y}C", "A1B2C", true),
            ("A${X}B&{Y}C", "A1C", false),
            ("Plain", "Plain", true),
            ("Plain", "Plainer", false),
        ] {
            assert_eq!(is_instance(id, name), expected, "{id} {name}");
        }
    }
}
