//! The context of a stack's preflight checks: the stack, its template and values, and clients.

use std::collections::{BTreeMap, BTreeSet};

use aws_config::SdkConfig;
use purlin_assembly::Stack;
use purlin_diagnosis::{StackReadiness, StackState, Status};
use purlin_template::{Values, known_parameters};
use serde_json::Value;
use tokio::sync::OnceCell;

use super::values::values_in;
use crate::cloudformation::CloudFormation;
use crate::error::DeployError;
use crate::followers::dns::Dns;
use crate::options::{DeployOptions, PreviousParameters};
use crate::session::Session;

/// Statuses of stacks without resources, which are created again.
const HOLLOW: [Status; 3] = [Status::ReviewInProgress, Status::DeleteInProgress, Status::DeleteComplete];

/// An existing stack.
#[derive(Clone, Debug, Default)]
pub(crate) struct Existing {
    /// Its ARN.
    pub(crate) id: String,
    /// The values of its parameters.
    pub(crate) parameters: BTreeMap<String, String>,
    /// The template it was deployed from.
    pub(crate) template: Value,
    /// Whether the deployment deletes it first, because its creation failed.
    pub(crate) is_deleted_first: bool,
}

impl Existing {
    /// An existing stack from its state and the template it was deployed from.
    pub(crate) fn of(state: &StackState, template: Option<Value>) -> Self {
        let is_deleted_first = state.status.readiness(false) == StackReadiness::DeleteThenCreate;
        let (id, parameters) = (state.id.clone(), state.parameters.clone());
        Self { id, parameters, template: template.unwrap_or_default(), is_deleted_first }
    }

    /// The stack with this name, if it exists and has resources.
    pub(super) async fn named(cloud: &CloudFormation, name: &str) -> Result<Option<Self>, DeployError> {
        let state = cloud.stack(name).await?.filter(|state| !HOLLOW.contains(&state.status));
        let Some(state) = state else { return Ok(None) };
        let template = cloud.deployed_template(&state.id).await;
        Ok(Some(Self::of(&state, template)))
    }
}

/// The context of a stack's preflight checks.
pub(crate) struct Context<'a> {
    pub(super) session: &'a Session,
    pub(super) stack: &'a Stack,
    pub(super) template: &'a Value,
    /// The size of the template's text.
    pub(super) size: usize,
    pub(super) existing: Option<Existing>,
    pub(super) values: Values<'a>,
    pub(super) cloud: CloudFormation,
    /// For clients of the other services.
    pub(super) config: SdkConfig,
    pub(super) dns: Option<Dns>,
    /// Whether existing resources are imported into the stack.
    pub(super) takes_over: bool,
    /// Exports of stacks that are deployed before this one.
    pub(super) exports_to_come: BTreeSet<String>,
    physical_ids: OnceCell<BTreeMap<String, String>>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        session: &'a Session,
        stack: &'a Stack,
        template: &'a Value,
        size: usize,
        existing: Option<Existing>,
        options: &DeployOptions,
    ) -> Self {
        let none = BTreeMap::new();
        let mut given = stack.properties().parameters.clone();
        given.extend(options.parameters.clone());
        let known = existing.as_ref().filter(|_| options.previous_parameters != PreviousParameters::Forget);
        let previous = known.map_or(&none, |existing| &existing.parameters);
        let deployed = existing.as_ref().map_or(&Value::Null, |existing| &existing.template);
        let parameters = known_parameters(template, &given, previous, deployed);
        let values = values_in(session.target(), template, stack.name(), parameters);
        // An emulator has no public DNS.
        let dns = Dns::of_this_machine().filter(|_| !session.is_local());
        let config = session.looking_around();
        let takes_over = options.import_existing_resources;
        let cloud = session.cloudformation();
        let (exports_to_come, physical_ids) = (BTreeSet::new(), OnceCell::new());
        Self {
            session,
            stack,
            template,
            size,
            existing,
            values,
            cloud,
            config,
            dns,
            takes_over,
            exports_to_come,
            physical_ids,
        }
    }

    /// Adds the exports of stacks that are deployed before this one.
    pub(super) fn after(mut self, stacks: &[&Stack]) -> Self {
        for stack in stacks {
            let template: Value =
                stack.template().ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
            let parameters =
                known_parameters(&template, &stack.properties().parameters, &BTreeMap::new(), &Value::Null);
            let values = values_in(self.session.target(), &template, stack.name(), parameters);
            self.exports_to_come.extend(values.exports().into_iter().map(|(_, name)| name));
        }
        self
    }

    /// Id and properties of the resources of some types, without those whose condition is false.
    pub(super) fn resources(&self, kinds: &[&str]) -> Vec<(&'a str, &'a Value)> {
        self.values.resources(kinds)
    }

    /// Whether the existing stack has this resource, and the deployment does not delete the stack first.
    pub(super) fn keeps(&self, logical_id: &str, kind: &str) -> bool {
        self.has(logical_id, kind) && self.existing.as_ref().is_some_and(|it| !it.is_deleted_first)
    }

    /// Whether the existing stack has a resource with this id and type: such a resource is no conflict.
    pub(super) fn has(&self, logical_id: &str, kind: &str) -> bool {
        self.existing.as_ref().is_some_and(|it| it.template["Resources"][logical_id]["Type"] == kind)
    }

    /// The physical ids of the stack's resources, by logical id.
    pub(super) async fn physical_ids(&self) -> Result<&BTreeMap<String, String>, DeployError> {
        self.physical_ids.get_or_try_init(|| self.read_physical_ids()).await
    }

    async fn read_physical_ids(&self) -> Result<BTreeMap<String, String>, DeployError> {
        let Some(existing) = &self.existing else { return Ok(BTreeMap::new()) };
        let resources = self.cloud.resources(&existing.id).await?.into_iter();
        Ok(resources.filter_map(|it| Some((it.logical_id, it.physical_id?))).collect())
    }
}
