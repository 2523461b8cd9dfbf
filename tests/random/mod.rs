//! Random apps: every template is evaluated by a model of CloudFormation, and read by cfn-lint.
//!
//! `PURLIN_RANDOM_APPS=2000 cargo test -p tests random` runs more of them; a failure names the seed.

mod evaluate;
mod program;

use std::collections::BTreeSet;
use std::env;
use std::fs;

use purlin::StackSynthesis;
use serde_json::{Map, Value, json};

use self::evaluate::{Deployment, scalar};
use self::program::Expected;
use crate::oracle::lint;

/// The number of apps, and of those that cfn-lint reads.
fn size() -> (u64, u64) {
    let chosen = env::var("PURLIN_RANDOM_APPS").ok().map(|it| it.parse().expect("a number"));
    chosen.map_or((300, 8), |apps| (apps, apps))
}

#[test]
fn cloudformation_makes_of_a_random_app_what_it_means() {
    let (apps, linted) = size();
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    let mut wrong = Vec::new();
    for seed in 0..apps {
        let (app, expected) = program::build(seed);
        let synthesis = match app.synth() {
            Ok(synthesis) => synthesis,
            Err(problems) => {
                wrong.push(format!("seed {seed}: {problems:?}"));
                continue;
            }
        };
        let region =
            |stack: &'_ StackSynthesis| stack.environment.region.clone().unwrap_or_else(|| program::REGION.into());
        let regions: Vec<_> = synthesis.stacks.iter().map(region).collect();
        let stacks = synthesis.stacks.iter().zip(&regions);
        let stacks: Vec<_> = stacks.map(|(stack, region)| (&*stack.name, &**region, &stack.template)).collect();
        wrong
            .extend(faults(&Deployment(stacks.clone()), &expected).iter().map(|fault| format!("seed {seed}: {fault}")));
        for (stack, _, template) in stacks.into_iter().filter(|_| seed < linted) {
            files.push(folder.path().join(format!("{seed}-{stack}.json")));
            fs::write(&files[files.len() - 1], with_imports(template).to_string()).unwrap();
        }
    }
    let first = &wrong[..wrong.len().min(10)];
    assert!(wrong.is_empty(), "{} faults in {apps} apps, among them:\n{}", wrong.len(), first.join("\n"));
    for files in files.chunks(500) {
        lint(files, "error");
    }
}

/// Where a deployment fails, or gives something else than the program means.
fn faults(deployment: &Deployment<'_>, expected: &Expected) -> Vec<String> {
    let mut faults: Vec<_> = deployment.check().err().into_iter().collect();
    let mut missing: BTreeSet<_> = expected.keys().map(String::as_str).collect();
    for (stack, _, template) in &deployment.0 {
        for (id, resource) in template["Resources"].as_object().into_iter().flatten() {
            let path = resource["Metadata"]["aws:cdk:path"].as_str().unwrap_or_default();
            let Some(expected) = expected.get(path) else { continue };
            missing.remove(path);
            match deployment.properties(stack, id) {
                Ok(actual) => faults.extend(difference(expected, &actual).map(|it| format!("{path}: {it}"))),
                Err(refusal) => faults.push(format!("{path}: {refusal}")),
            }
        }
    }
    faults.extend(missing.into_iter().map(|path| format!("{path} is in no template")));
    faults
}

/// What differs between the meaning of the properties and what CloudFormation makes of them.
fn difference(expected: &Map<String, Value>, actual: &Value) -> Option<String> {
    for (name, meant) in expected {
        let is_same = match (name.as_str(), &actual[name]) {
            ("Tags", Value::Null) => *meant == by_key(&actual["HostedZoneTags"]),
            ("Tags", tags) => *meant == by_key(tags),
            ("Value", text) => {
                serde_json::from_str::<Value>(text.as_str().unwrap_or_default()).is_ok_and(|it| it == *meant)
            }
            (_, Value::Array(items)) => {
                meant.as_array().is_some_and(|meant| meant.iter().map(scalar).eq(items.iter().map(scalar)))
            }
            (_, value) => scalar(meant) == scalar(value),
        };
        if !is_same {
            return Some(format!("{name} is {}, but means {meant}", actual[name]));
        }
    }
    None
}

/// A template for cfn-lint, which does not have `Fn::GetStackOutput` yet: imports, which are texts, too.
fn with_imports(value: &Value) -> Value {
    match value {
        Value::Object(map) => match map.get("Fn::GetStackOutput") {
            Some(output) => json!({"Fn::ImportValue": output["OutputName"]}),
            None => map.iter().map(|(key, value)| (key.clone(), with_imports(value))).collect(),
        },
        Value::Array(items) => items.iter().map(with_imports).collect(),
        other => other.clone(),
    }
}

/// Tags as a map, of the list or map that a type takes. A key that is there twice is not there at all.
fn by_key(tags: &Value) -> Value {
    let Value::Array(list) = tags else { return tags.clone() };
    let mut found = Map::new();
    for tag in list {
        if found.insert(tag["Key"].as_str().unwrap_or_default().to_owned(), tag["Value"].clone()).is_some() {
            return Value::Null;
        }
    }
    found.into()
}
