//! Finds the construct and the line of the user's code for a resource in a template.

use purlin_assembly::{MetadataEntry, Stack, own_frame};
use serde_json::Value;

use crate::diagnosis::Diagnosis;

/// The origins of a stack's resources.
pub struct Origins<'a> {
    stack: &'a Stack,
    template: &'a Value,
}

impl<'a> Origins<'a> {
    /// The origins in a stack and its template.
    pub fn of(stack: &'a Stack, template: &'a Value) -> Self {
        Self { stack, template }
    }

    /// The construct path of a resource.
    pub fn construct(&self, logical_id: &str) -> Option<&'a str> {
        self.template["Resources"][logical_id]["Metadata"]["aws:cdk:path"].as_str()
    }

    /// The line of the user's code that declares a resource, or the construct that it is part of.
    pub fn declared_at(&self, logical_id: &str) -> Option<String> {
        self.line(self.construct(logical_id)?)
    }

    /// Adds construct, line and hint to all failures that lack them, including those in nested stacks, whose constructs
    /// are in the same assembly.
    pub fn add_to(&self, diagnosis: &mut Diagnosis) {
        for failure in diagnosis.failures_mut() {
            if failure.construct.is_none() && failure.via.is_empty() {
                failure.construct = self.construct(&failure.logical_id).map(str::to_owned);
            }
            if failure.hint.is_none() {
                failure.look_up();
            }
            failure.declared_at = failure.construct.as_deref().and_then(|path| self.line(path));
        }
    }

    fn line(&self, mut path: &str) -> Option<String> {
        loop {
            let entries = self.stack.metadata().get(&format!("/{path}"));
            if let Some(frame) = entries.into_iter().flatten().find_map(frame) {
                return Some(frame);
            }
            path = path.rsplit_once('/')?.0;
        }
    }
}

/// The innermost frame of the user's code. The CDK stores it as the trace of the logical id, or as a separate entry.
fn frame(entry: &MetadataEntry) -> Option<String> {
    match entry.kind.as_str() {
        MetadataEntry::LOGICAL_ID => own_frame(entry.trace.as_ref()?).map(str::to_owned),
        "aws:cdk:creationStack" => {
            let frames = entry.data.as_ref()?.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned);
            own_frame(&frames.collect::<Vec<_>>()).map(str::to_owned)
        }
        _ => None,
    }
}
