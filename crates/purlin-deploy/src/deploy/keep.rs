//! Keeps what is known of a failed deployment, where somebody wants it kept.

use std::fs;

use purlin_assembly::{MANIFEST_FILE, Stack};
use serde_json::Value;

use super::Deployment;
use crate::diagnosis::Templates;
use crate::error::FailedDeployment;
use crate::evidence::{Evidence, Summary, keep};
use crate::model::{Change, StackEvent};
use crate::secrets;

impl Deployment<'_> {
    pub(super) fn keep_evidence(
        &self,
        failed: &FailedDeployment,
        stack_id: &str,
        changes: &[Change],
        events: &[StackEvent],
    ) {
        let mut summary = Summary::of(&failed.stack, &failed.status, self.session.site());
        stack_id.clone_into(&mut summary.stack_id);
        summary.at = events.iter().map(|event| event.at).max().unwrap_or_default();
        summary.assembly = assembly_version(self.stack);
        summary.diagnosis = failed.diagnosis.clone();
        let templates = Templates::of_stack(self.stack, &self.template);
        let evidence = Evidence { summary, events: events.to_vec(), changes: changes.to_vec(), templates };
        keep(self.options.evidence.as_deref(), &evidence, &self.secret_values(), self.voice);
    }

    /// The values of parameters that the template wants hidden.
    fn secret_values(&self) -> Vec<String> {
        let given = self.stack.properties().parameters.iter().chain(&self.options.parameters);
        let is_hidden = |name: &str| secrets::is_hidden_parameter(&self.template, name);
        given.filter(|(name, _)| is_hidden(name)).map(|(_, value)| value.clone()).collect()
    }
}

/// The version of the assembly that a stack is of, where its manifest still says so.
fn assembly_version(stack: &Stack) -> Option<String> {
    let template = stack.template_path();
    let manifest = fs::read(template.parent()?.join(MANIFEST_FILE)).ok()?;
    let manifest: Value = serde_json::from_slice(&manifest).ok()?;
    manifest["version"].as_str().map(str::to_owned)
}
