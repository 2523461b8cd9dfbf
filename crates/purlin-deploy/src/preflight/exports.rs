//! Checks exports: new names are free, imported names exist, and removed exports are not imported.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudformation::Client;
use purlin_diagnosis::stack_name;
use purlin_template::Values;
use serde_json::Value;

use super::values::values_in;
use super::{Context, Finding};
use crate::cloudformation::CloudFormation;
use crate::error::DeployError;
use crate::network::Pages;

const CHECK: &str = "export";

pub(super) async fn check(context: &Context<'_>) -> Result<Vec<Finding>, DeployError> {
    let exports = context.values.exports();
    let imports = imports(context);
    let removed = removed(context);
    if exports.is_empty() && imports.is_empty() && removed.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    if !exports.is_empty() || !imports.is_empty() {
        let existing = exported(&context.cloud).await?;
        found.extend(taken(context, &exports, &existing));
        found.extend(unknown(context, &imports, &existing));
    }
    for (output, name) in removed {
        found.extend(in_use(&context.cloud, &output, &name).await?);
    }
    Ok(found)
}

/// All exports of the account in this region: name and ARN of the exporting stack.
async fn exported(cloud: &CloudFormation) -> Result<BTreeMap<String, String>, DeployError> {
    let mut all = BTreeMap::new();
    let mut pages = Pages::of("ListExports");
    loop {
        let call = |client: &Client| client.list_exports().set_next_token(pages.token()).send();
        let page = cloud.ask_once("ListExports", call).await?;
        for export in page.exports() {
            if let (Some(name), Some(stack)) = (export.name(), export.exporting_stack_id()) {
                all.insert(name.to_owned(), stack.to_owned());
            }
        }
        if !pages.turn(page.next_token())? {
            return Ok(all);
        }
    }
}

fn taken(context: &Context<'_>, exports: &[(&str, String)], existing: &BTreeMap<String, String>) -> Vec<Finding> {
    let others = exports.iter().filter_map(|(output, name)| {
        let owner = existing.get(name).filter(|stack| stack_name(stack) != context.stack.name())?;
        let owner = stack_name(owner);
        let reason = format!("output `{output}` exports `{name}`, but stack `{owner}` already exports that name");
        Some(Finding::error(CHECK, reason).fix("choose another export name: they are unique within account and region"))
    });
    others.collect()
}

fn unknown(
    context: &Context<'_>,
    imports: &BTreeMap<String, Option<String>>,
    existing: &BTreeMap<String, String>,
) -> Vec<Finding> {
    let missing =
        imports.iter().filter(|(name, _)| !existing.contains_key(*name) && !context.exports_to_come.contains(*name));
    let found = missing.map(|(name, id)| {
        let reason = format!("the stack imports `{name}`, which no stack of this account exports in this region");
        let finding = Finding::error(CHECK, reason).fix("deploy the stack that exports it first, or correct the name");
        match id {
            Some(id) => finding.about(id),
            None => finding,
        }
    });
    found.collect()
}

/// The names of all imports, each with the first resource that has it.
fn imports(context: &Context<'_>) -> BTreeMap<String, Option<String>> {
    let mut all = BTreeMap::new();
    for (id, resource) in context.template["Resources"].as_object().into_iter().flatten() {
        collect(&context.values, resource, Some(id), &mut all);
    }
    collect(&context.values, &context.template["Outputs"], None, &mut all);
    all
}

fn collect(values: &Values<'_>, value: &Value, id: Option<&String>, all: &mut BTreeMap<String, Option<String>>) {
    match value {
        Value::Object(map) => {
            if let Some(name) = map.get("Fn::ImportValue").and_then(|name| values.text(name)) {
                all.entry(name).or_insert_with(|| id.cloned());
            }
            map.values().for_each(|value| collect(values, value, id, all));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(values, item, id, all)),
        _ => {}
    }
}

/// Exports of the deployed stack that the template no longer has: output and name.
fn removed(context: &Context<'_>) -> Vec<(String, String)> {
    let Some(existing) = context.existing.as_ref().filter(|it| !it.is_deleted_first) else { return Vec::new() };
    let before =
        values_in(context.session.target(), &existing.template, context.stack.name(), existing.parameters.clone());
    let kept: BTreeSet<_> = context.values.exports().into_iter().map(|(_, name)| name).collect();
    // A name that is known only during the deployment may be one of the removed names.
    let outputs = context.template["Outputs"].as_object().into_iter().flatten();
    let exporting = outputs.filter(|(_, output)| !output["Export"].is_null()).count();
    if exporting != kept.len() {
        return Vec::new();
    }
    let removed = before.exports().into_iter().filter(|(_, name)| !kept.contains(name));
    removed.map(|(output, name)| (output.to_owned(), name)).collect()
}

async fn in_use(cloud: &CloudFormation, output: &str, name: &str) -> Result<Option<Finding>, DeployError> {
    let response = match cloud.ask_once("ListImports", |client| client.list_imports().export_name(name).send()).await {
        Ok(response) => response,
        // CloudFormation's error for an export without imports.
        Err(DeployError::Aws { code: Some(code), message, .. })
            if code == "ValidationError" && message.contains("is not imported by any stack") =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    if response.imports().is_empty() {
        return Ok(None);
    }
    let stacks: Vec<_> = response.imports().iter().map(|stack| format!("`{stack}`")).collect();
    let reason = format!("output `{output}` no longer exports `{name}`, but it is imported by {}", stacks.join(", "));
    let fix = "deploy those stacks without the import first, or keep the export (`export_value`) for one deployment";
    Ok(Some(Finding::error(CHECK, reason).fix(fix)))
}
