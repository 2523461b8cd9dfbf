//! Exports: names that are free, imports that somebody exports, and removals that nobody imports.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudformation::Client;
use purlin_diagnosis::stack_name;
use serde_json::Value;

use super::values::Values;
use super::{Finding, Scene};
use crate::cloudformation::CloudFormation;
use crate::error::DeployError;

const CHECK: &str = "export";

pub(super) async fn check(scene: &Scene<'_>) -> Result<Vec<Finding>, DeployError> {
    let exports = scene.values.exports();
    let imports = imports(scene);
    let removed = removed(scene);
    if exports.is_empty() && imports.is_empty() && removed.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    if !exports.is_empty() || !imports.is_empty() {
        let there = exported(&scene.cloud).await?;
        found.extend(taken(scene, &exports, &there));
        found.extend(unknown(scene, &imports, &there));
    }
    for (output, name) in removed {
        found.extend(in_use(&scene.cloud, &output, &name).await?);
    }
    Ok(found)
}

/// Every export of the account in this region: name and the ARN of its stack.
async fn exported(cloud: &CloudFormation) -> Result<BTreeMap<String, String>, DeployError> {
    let mut all = BTreeMap::new();
    let mut token: Option<String> = None;
    loop {
        let call = |client: &Client| client.list_exports().set_next_token(token.clone()).send();
        let page = cloud.ask_once("ListExports", call).await?;
        for export in page.exports() {
            if let (Some(name), Some(stack)) = (export.name(), export.exporting_stack_id()) {
                all.insert(name.to_owned(), stack.to_owned());
            }
        }
        token = page.next_token().map(str::to_owned);
        if token.is_none() {
            return Ok(all);
        }
    }
}

fn taken(scene: &Scene<'_>, exports: &[(&str, String)], there: &BTreeMap<String, String>) -> Vec<Finding> {
    let others = exports.iter().filter_map(|(output, name)| {
        let owner = there.get(name).filter(|stack| stack_name(stack) != scene.stack.name())?;
        let owner = stack_name(owner);
        let reason = format!("output `{output}` exports `{name}`, but stack `{owner}` exports that name already");
        Some(Finding::error(CHECK, reason).fix("choose another export name: they are unique within account and region"))
    });
    others.collect()
}

fn unknown(
    scene: &Scene<'_>,
    imports: &BTreeMap<String, Option<String>>,
    there: &BTreeMap<String, String>,
) -> Vec<Finding> {
    let missing =
        imports.iter().filter(|(name, _)| !there.contains_key(*name) && !scene.exports_to_come.contains(*name));
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

/// The names of all imports, and the first resource that has one.
fn imports(scene: &Scene<'_>) -> BTreeMap<String, Option<String>> {
    let mut all = BTreeMap::new();
    for (id, resource) in scene.template["Resources"].as_object().into_iter().flatten() {
        collect(&scene.values, resource, Some(id), &mut all);
    }
    collect(&scene.values, &scene.template["Outputs"], None, &mut all);
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
fn removed(scene: &Scene<'_>) -> Vec<(String, String)> {
    let Some(existing) = scene.existing.as_ref().filter(|it| !it.goes) else { return Vec::new() };
    let before = Values::new(&existing.template, scene.session.site(), scene.stack.name(), existing.parameters.clone());
    let kept: BTreeSet<_> = scene.values.exports().into_iter().map(|(_, name)| name).collect();
    // A name that only AWS knows now may be the same.
    let outputs = scene.template["Outputs"].as_object().into_iter().flatten();
    let exporting = outputs.filter(|(_, output)| !output["Export"].is_null()).count();
    if exporting != kept.len() {
        return Vec::new();
    }
    let gone = before.exports().into_iter().filter(|(_, name)| !kept.contains(name));
    gone.map(|(output, name)| (output.to_owned(), name)).collect()
}

async fn in_use(cloud: &CloudFormation, output: &str, name: &str) -> Result<Option<Finding>, DeployError> {
    let answer = match cloud.ask_once("ListImports", |client| client.list_imports().export_name(name).send()).await {
        Ok(answer) => answer,
        // That is how CloudFormation says that nobody does.
        Err(DeployError::Aws { message, .. }) if message.contains("not imported") => return Ok(None),
        Err(error) => return Err(error),
    };
    if answer.imports().is_empty() {
        return Ok(None);
    }
    let stacks: Vec<_> = answer.imports().iter().map(|stack| format!("`{stack}`")).collect();
    let reason = format!("output `{output}` no longer exports `{name}`, but it is imported by {}", stacks.join(", "));
    let fix = "keep the export, deploy those stacks without the import first, then remove it here";
    Ok(Some(Finding::error(CHECK, reason).fix(fix)))
}
