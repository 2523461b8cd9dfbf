//! Reads from AWS why a stack failed: the events are kept for 90 days.

use std::cell::Cell;

use purlin_assembly::Stack;
use purlin_diagnosis::operation::{NestedStacks, in_order, is_beginning, last_failed, nested};
use purlin_diagnosis::{Evidence, Origins, StackEvent, Summary, Templates, diagnose_with, stack_name};

use crate::cloudformation::{CloudFormation, PATIENCE};
use crate::error::DeployError;
use crate::session::Session;

impl Session {
    /// The evidence of the last failed operation on a stack, by the stack's name or ARN. The
    /// stack of an assembly adds the lines of code that declare the resources.
    pub async fn explain(&self, stack: &str, declared: Option<&Stack>) -> Result<Evidence, DeployError> {
        let cloud = self.cloudformation();
        let state = cloud.stack(stack).await?.ok_or_else(|| DeployError::NoSuchStack {
            stack: stack_name(stack).to_owned(),
            account: self.target().account.clone(),
            region: self.target().region.clone(),
        })?;
        let events = last_operation(&cloud, &state.id).await?;
        let mut templates = templates(&cloud, &state.id, &events).await;
        if let Some(declared) = declared
            && let Ok(Ok(template)) = declared.template().map(|text| serde_json::from_str(&text))
        {
            // The failed resource may be missing in the deployed template, which was rolled back.
            templates = Templates::of_stack(declared, &template);
        }
        let target = self.target();
        let mut summary = Summary::of(stack_name(&state.id), &state.status, &target.account, &target.region);
        summary.diagnosis = diagnose_with(&events, &templates);
        if let Some(declared) = declared {
            Origins::of(declared, &serde_json::Value::Null).add_to(&mut summary.diagnosis);
        }
        summary.at = events.iter().map(|event| event.at).max().unwrap_or_default();
        summary.stack_id = state.id;
        Ok(Evidence { summary, events, templates, ..Evidence::default() })
    }
}

/// The events of the last operation that failed, oldest first, those of nested stacks among them.
async fn last_operation(cloud: &CloudFormation, stack: &str) -> Result<Vec<StackEvent>, DeployError> {
    let (is_bad, is_over) = (Cell::new(false), Cell::new(false));
    // The newest come first: the failed operation is complete once its beginning was read.
    let is_older = |event: &StackEvent| {
        if is_over.get() {
            return true;
        }
        is_bad.set(is_bad.get() || event.status.went_wrong());
        is_bad.set(is_bad.get() || event.is_refused_deletion());
        is_over.set(is_bad.get() && event.is_about_its_stack() && is_beginning(&event.status));
        false
    };
    let mut told = cloud.events(stack, PATIENCE, is_older).await?;
    told.reverse();
    let ordered = in_order(&told);
    let mut found: Vec<StackEvent> = last_failed(&ordered, stack).into_iter().cloned().collect();
    let since = found.first().map_or(0, |event| event.at);
    let mut open: Vec<String> = found.iter().filter_map(nested).map(str::to_owned).collect();
    let mut seen = vec![stack.to_owned()];
    while let Some(inner) = open.pop() {
        if seen.contains(&inner) {
            continue;
        }
        // The events of a nested stack may be unreadable; then those of its parent have to suffice.
        let mut told = cloud.events(&inner, PATIENCE, |event| event.at < since).await.unwrap_or_default();
        told.reverse();
        open.extend(told.iter().filter_map(nested).map(str::to_owned));
        found.extend(told);
        seen.push(inner);
    }
    found.sort_by_key(|event| event.at);
    Ok(found)
}

/// The templates as they are deployed, as far as they can be read.
async fn templates(cloud: &CloudFormation, stack: &str, events: &[StackEvent]) -> Templates {
    let references: Vec<&StackEvent> = events.iter().collect();
    let nesting = NestedStacks::of(&references);
    let mut stacks: Vec<&str> = events.iter().filter_map(nested).chain([stack]).collect();
    stacks.sort_unstable();
    stacks.dedup();
    let mut found = Templates::default();
    for stack in stacks {
        if let Some(template) = cloud.deployed_template(stack).await {
            found.add(&nesting.path(stack), template);
        }
    }
    found
}
