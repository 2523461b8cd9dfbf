//! Writes the evidence of a failed deployment, where the options ask for it.

use std::fs;
use std::path::Path;

use purlin_assembly::{MANIFEST_FILE, Stack};
use purlin_diagnosis::{Change, Evidence, StackEvent, Summary, Templates};
use serde_json::Value;

use super::Deployment;
use crate::error::FailedDeployment;
use crate::event::EventSink;
use crate::secrets;

impl Deployment<'_> {
    pub(super) fn keep_evidence(
        &self,
        failed: &FailedDeployment,
        stack_id: &str,
        changes: &[Change],
        events: &[StackEvent],
    ) {
        let target = self.session.target();
        let mut summary = Summary::of(&failed.stack, &failed.status, &target.account, &target.region);
        stack_id.clone_into(&mut summary.stack_id);
        summary.at = events.iter().map(|event| event.at).max().unwrap_or_default();
        summary.assembly = assembly_version(self.stack);
        summary.diagnosis = failed.diagnosis.clone();
        let templates = Templates::of_stack(self.stack, &self.template);
        let evidence = Evidence { summary, events: events.to_vec(), changes: changes.to_vec(), templates };
        keep(self.options.evidence.as_deref(), &evidence, &self.secret_values(), self.sink);
    }

    /// The values of parameters with `NoEcho`.
    fn secret_values(&self) -> Vec<String> {
        let given = self.stack.properties().parameters.iter().chain(&self.options.parameters);
        let is_hidden = |name: &str| secrets::is_hidden_parameter(&self.template, name);
        given.filter(|(name, _)| is_hidden(name)).map(|(_, value)| value.clone()).collect()
    }
}

/// The version of the stack's assembly, where its manifest still exists.
fn assembly_version(stack: &Stack) -> Option<String> {
    let template = stack.template_path();
    let manifest = fs::read(template.parent()?.join(MANIFEST_FILE)).ok()?;
    let manifest: Value = serde_json::from_slice(&manifest).ok()?;
    manifest["version"].as_str().map(str::to_owned)
}

/// Writes the folder, where one is wanted, and notes its path. A folder that cannot be written is
/// noted too and changes nothing else: the failure itself matters more.
fn keep(folder: Option<&Path>, evidence: &Evidence, secrets: &[String], sink: EventSink<'_>) {
    let Some(folder) = folder else {
        return;
    };
    match evidence.write(folder, secrets) {
        Ok(path) => sink.note(format!(
            "what is known of the failure is in `{}`; what looks like a secret is hidden. `purlin explain` reads it",
            path.display()
        )),
        Err(error) => sink.note(format!("what is known of the failure could not be kept: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;

    #[test]
    fn an_error_while_writing_evidence_is_a_note() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        fs::write(folder.path().join("file"), "").expect("a file");
        let noted = std::sync::Mutex::new(Vec::new());
        let observer = |_: &str, event: Event| noted.lock().unwrap().push(event);
        let evidence = Evidence::default();
        keep(Some(&folder.path().join("file/Web")), &evidence, &[], EventSink::of("Web", &observer));
        keep(None, &evidence, &[], EventSink::of("Web", &observer));
        let noted = noted.into_inner().unwrap();
        let [Event::Note { text }] = noted.as_slice() else { panic!("one note: {noted:?}") };
        assert!(text.contains("could not be kept"), "{text}");
    }
}
