//! Finds the log groups and streams of a stack's resources.

use std::collections::{BTreeMap, BTreeSet};

use purlin_diagnosis::{StackResource, Status};
use serde_json::Value;

use crate::error::DeployError;
use crate::followers::ecs::look::{Client, LogPlace, log_places};
use crate::session::Session;

/// A source of log lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Source {
    /// Its name in messages.
    pub(super) name: String,
    pub(super) logical_id: String,
    physical_id: String,
    /// The construct path, if the template has it.
    path: Option<String>,
    /// Whether it is a log group itself, whose writers may be other sources.
    pub(super) is_group: bool,
    pub(super) group: String,
    /// The prefix of its streams, if other sources write to the group too.
    pub(super) prefix: Option<String>,
    /// Its region, if it is not the stack's.
    pub(super) region: Option<String>,
}

impl Source {
    /// Whether it has this name: its logical id, its name in AWS, its construct or an outer construct.
    pub(super) fn has_name(&self, name: &str) -> bool {
        let name = name.trim_matches('/');
        let is_at = |path: &str| path == name || path.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'));
        let in_stack = |path: &str| path.split_once('/').is_some_and(|(_, rest)| is_at(rest));
        self.logical_id == name
            || self.name == name
            || self.physical_id.rsplit('/').next() == Some(name)
            || self.group.trim_matches('/') == name
            || self.path.as_deref().is_some_and(|path| is_at(path) || in_stack(path))
    }
}

/// One stack's resources and template.
struct Inventory {
    resources: Vec<StackResource>,
    template: Value,
}

/// All sources of a stack and its nested stacks.
pub(super) async fn find(session: &Session, stack: &str) -> Result<Vec<Source>, DeployError> {
    let cloud = session.cloudformation();
    let mut found = Vec::new();
    let mut open = vec![session.state(stack).await?.id];
    while let Some(stack) = open.pop() {
        let resources = cloud.resources(&stack).await?;
        let template = cloud.deployed_template(&stack).await.unwrap_or_default();
        let nested = resources.iter().filter(|it| it.resource_type == "AWS::CloudFormation::Stack");
        open.extend(nested.filter_map(|it| it.physical_id.clone()));
        let inventory = Inventory { resources, template };
        found.extend(inventory.containers(session).await?);
        found.extend(inventory.functions());
        found.extend(inventory.groups());
    }
    Ok(found)
}

impl Inventory {
    /// The containers of services, and of task definitions without a service in the stack.
    async fn containers(&self, session: &Session) -> Result<Vec<Source>, DeployError> {
        let ecs = session.ecs();
        let mut found = Vec::new();
        let mut known = BTreeSet::new();
        for (resource, arn) in self.of_type("AWS::ECS::Service") {
            let service = Client::on(session, arn).service().await?.unwrap_or_default();
            for deployment in service.deployments {
                for place in log_places(&ecs, &deployment.task_definition).await? {
                    found.push(self.container(resource, arn, place));
                }
                known.insert(deployment.task_definition);
            }
        }
        for (resource, arn) in self.of_type("AWS::ECS::TaskDefinition").filter(|(_, arn)| !known.contains(*arn)) {
            for place in log_places(&ecs, arn).await? {
                found.push(self.container(resource, arn, place));
            }
        }
        // Two revisions usually write to the same group and streams.
        let mut places = BTreeSet::new();
        found.retain(|source| places.insert((source.group.clone(), source.prefix.clone())));
        Ok(found)
    }

    fn container(&self, resource: &StackResource, physical_id: &str, place: LogPlace) -> Source {
        let source = self.source(resource, physical_id);
        Source {
            name: format!("{}/{}", source.name, place.container),
            group: place.group,
            prefix: place.prefix.map(|prefix| format!("{prefix}/{}/", place.container)),
            region: place.region,
            ..source
        }
    }

    fn functions(&self) -> Vec<Source> {
        let ids: BTreeMap<&str, &str> =
            self.resources.iter().filter_map(|it| Some((it.logical_id.as_str(), it.physical_id.as_deref()?))).collect();
        let function = |(resource, name): (&StackResource, &str)| {
            let wanted = &self.template["Resources"][&resource.logical_id]["Properties"]["LoggingConfig"]["LogGroup"];
            let group = wanted.as_str().or_else(|| ids.get(wanted["Ref"].as_str()?).copied());
            let group = group.map_or_else(|| format!("/aws/lambda/{name}"), str::to_owned);
            Source { group, ..self.source(resource, name) }
        };
        self.of_type("AWS::Lambda::Function").map(function).collect()
    }

    fn groups(&self) -> Vec<Source> {
        let group = |(resource, name): (&StackResource, &str)| Source {
            group: name.to_owned(),
            is_group: true,
            ..self.source(resource, name)
        };
        self.of_type("AWS::Logs::LogGroup").map(group).collect()
    }

    fn of_type(&self, kind: &str) -> impl Iterator<Item = (&StackResource, &str)> {
        let is_of_type = move |it: &&StackResource| it.resource_type == kind && it.status != Status::DeleteComplete;
        self.resources.iter().filter(is_of_type).filter_map(|it| Some((it, it.physical_id.as_deref()?)))
    }

    fn source(&self, resource: &StackResource, physical_id: &str) -> Source {
        let path = self.template["Resources"][&resource.logical_id]["Metadata"]["aws:cdk:path"].as_str();
        Source {
            name: path.and_then(short).unwrap_or_else(|| resource.logical_id.clone()),
            logical_id: resource.logical_id.clone(),
            physical_id: physical_id.to_owned(),
            path: path.map(str::to_owned),
            ..Source::default()
        }
    }
}

/// A construct path without the stack and without the ending of L1 constructs.
fn short(path: &str) -> Option<String> {
    let inner = path.split_once('/')?.1;
    let inner = inner.strip_suffix("/Resource").unwrap_or(inner);
    Some(inner.strip_suffix("/Service").unwrap_or(inner).to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn resource(id: &str, kind: &str, physical: &str) -> StackResource {
        StackResource {
            logical_id: id.into(),
            physical_id: Some(physical.into()),
            resource_type: kind.into(),
            status: "CREATE_COMPLETE".into(),
            reason: None,
        }
    }

    #[test]
    fn log_groups_of_functions_are_read_from_the_template() {
        let inventory = Inventory {
            resources: vec![
                resource("Plain", "AWS::Lambda::Function", "web-plain"),
                resource("Named", "AWS::Lambda::Function", "web-named"),
                resource("Shared", "AWS::Lambda::Function", "web-shared"),
                resource("Group", "AWS::Logs::LogGroup", "/app/shared"),
                StackResource { physical_id: None, ..resource("NotCreated", "AWS::Lambda::Function", "") },
            ],
            template: json!({"Resources": {
                "Named": {"Properties": {"LoggingConfig": {"LogGroup": "/app/named"}}},
                "Shared": {"Properties": {"LoggingConfig": {"LogGroup": {"Ref": "Group"}}}},
            }}),
        };
        let groups: Vec<String> = inventory.functions().into_iter().map(|source| source.group).collect();
        assert_eq!(groups, ["/aws/lambda/web-plain", "/app/named", "/app/shared"]);
        assert!(inventory.groups()[0].is_group);
    }

    #[test]
    fn a_source_has_many_names() {
        let inventory = Inventory {
            resources: Vec::new(),
            template: json!({"Resources": {
                "ApiService8A1": {"Metadata": {"aws:cdk:path": "Shop/Api/Service/Service"}},
            }}),
        };
        let arn = "arn:aws:ecs:eu-west-1:1:service/shop/api";
        let service = resource("ApiService8A1", "AWS::ECS::Service", arn);
        let place =
            LogPlace { container: "app".into(), group: "/ecs/api".into(), prefix: Some("api".into()), region: None };
        let source = inventory.container(&service, arn, place);
        assert_eq!((source.name.as_str(), source.prefix.as_deref()), ("Api/Service/app", Some("api/app/")));
        for (name, expected) in [
            ("ApiService8A1", true),
            ("Api", true),
            ("Api/Service", true),
            ("Shop/Api", true),
            ("/Shop/Api/", true),
            ("api", true),
            ("/ecs/api", true),
            ("Api/Service/app", true),
            ("Ap", false),
            ("Service", false),
            ("Other", false),
        ] {
            assert_eq!(source.has_name(name), expected, "{name}");
        }
    }
}
