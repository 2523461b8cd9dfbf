//! Looks at a stack without touching it.

use std::collections::BTreeMap;

use purlin_diagnosis::{StackResource, stack_name};
use serde::Serialize;

use super::{DeployError, Session, StackEvent, StackState, describe_busy};
use crate::cloudformation::PATIENCE;
use crate::outcome::Output;
use crate::secrets;

/// A stack as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StackReport {
    /// The stack as AWS describes it.
    pub state: StackState,
    /// Its resources.
    pub resources: Vec<StackResource>,
    /// Who began the operation in progress, where its token has a known form.
    pub busy_with: Option<String>,
    /// Since when, in UTC.
    pub busy_since: Option<String>,
}

impl Session {
    /// A stack as it is now. Its outputs and parameters are left out: they may be secret.
    pub async fn status(&self, stack: &str) -> Result<StackReport, DeployError> {
        let cloud = self.cloudformation();
        let mut state = self.state(stack).await?;
        let resources = cloud.resources(&state.id).await?;
        let (mut busy_with, mut busy_since) = (None, None);
        if state.status.is_busy() {
            let busy = describe_busy(&cloud, &state).await;
            (busy_with, busy_since) = (busy.who, busy.since);
        }
        state.outputs.clear();
        state.parameters.clear();
        Ok(StackReport { state, resources, busy_with, busy_since })
    }

    /// The events of a stack, oldest first: those of the last operation, or all that AWS keeps.
    pub async fn events(&self, stack: &str, is_all: bool) -> Result<Vec<StackEvent>, DeployError> {
        let cloud = self.cloudformation();
        let state = self.state(stack).await?;
        let since = if is_all { i64::MIN } else { describe_busy(&cloud, &state).await.began_at };
        let mut events = cloud.events(&state.id, PATIENCE, |event| event.at < since).await?;
        events.reverse();
        Ok(events)
    }

    /// The outputs of a stack. Those that hold secrets are named, not shown.
    pub async fn outputs(&self, stack: &str) -> Result<BTreeMap<String, Output>, DeployError> {
        let state = self.state(stack).await?;
        let Some(template) = self.cloudformation().deployed_template(&state.id).await else {
            // Without the template it is unknown which of them are secret.
            return Ok(state.outputs.into_keys().map(|key| (key, Output::Secret)).collect());
        };
        let secret = secrets::secret_outputs(&template);
        let output = |(key, value): (String, String)| {
            let output = if secret.contains(&key) { Output::Secret } else { Output::Plain(value) };
            (key, output)
        };
        Ok(state.outputs.into_iter().map(output).collect())
    }

    pub(crate) async fn state(&self, stack: &str) -> Result<StackState, DeployError> {
        self.cloudformation().stack(stack).await?.ok_or_else(|| DeployError::NoSuchStack {
            stack: stack_name(stack).to_owned(),
            account: self.target().account.clone(),
            region: self.target().region.clone(),
        })
    }
}
