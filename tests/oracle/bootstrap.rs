//! Our bootstrap stack beside the CDK's: the same names, and the same permissions for the same identities.

use std::fs;

use purlin_template::load;
use serde_json::{Value, json};

use super::lint;
use crate::programs::{command, purlin, succeed};
use crate::tools::node_home;

/// The statement that only ours has, if it is asked for.
const OPERATIONS: &str = "Operations";

#[test]
fn the_bootstrap_stack_is_the_cdks_in_all_that_counts() {
    let (ours, theirs) = (ours(), theirs());
    assert_eq!(ours["Conditions"], theirs["Conditions"]);
    for section in ["Parameters", "Outputs", "Resources"] {
        assert_eq!(keys(&ours[section]), keys(&theirs[section]), "{section}");
        for name in keys(&theirs[section]) {
            let (ours, theirs) = (plain(&ours[section][&name]), plain(&theirs[section][&name]));
            assert_eq!(ours, theirs, "{section} {name}");
        }
    }
}

#[test]
fn permissions_for_operations_are_one_statement_more() {
    let (mut asked, usual) = (json_of(&["--with-operations"]), ours());
    let role = &mut asked["Resources"]["DeploymentActionRole"]["Properties"]["Policies"][0]["PolicyDocument"];
    let statements = role["Statement"].as_array_mut().unwrap();
    let before = statements.len();
    statements.retain(|statement| statement["Sid"] != OPERATIONS);
    assert_eq!((statements.len(), &asked), (before - 1, &usual));
}

#[test]
fn cfn_lint_reports_nothing_in_the_bootstrap_stack() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bootstrap.yaml");
    fs::write(&file, shown(&["--with-operations"])).unwrap();
    lint(&[file], "warning");
}

fn shown(options: &[&str]) -> String {
    let home = tempfile::tempdir().unwrap();
    let output = succeed(command(purlin(), home.path()).args(["bootstrap", "--show-template"]).args(options));
    String::from_utf8(output.stdout).unwrap()
}

fn ours() -> Value {
    let json = json_of(&[]);
    assert_eq!(load(&shown(&[])).unwrap().to_json(), json, "YAML and JSON say the same");
    json
}

fn json_of(options: &[&str]) -> Value {
    serde_json::from_str(&shown(&[options, &["--json"]].concat())).unwrap()
}

fn theirs() -> Value {
    let file = node_home().join("node_modules/aws-cdk/lib/api/bootstrap/bootstrap-template.yaml");
    load(&fs::read_to_string(file).unwrap()).unwrap().to_json()
}

fn keys(section: &Value) -> Vec<String> {
    let mut keys: Vec<String> = section.as_object().unwrap().keys().cloned().collect();
    keys.sort();
    keys
}

/// Without what people read, what is the default, and the order of what has none.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut plain: serde_json::Map<String, Value> = serde_json::Map::new();
            for (key, value) in map {
                match key.as_str() {
                    "Sid" | "ConstraintDescription" => {}
                    // A managed policy with another description is another policy.
                    "Description" if !map.contains_key("ManagedPolicyName") => {}
                    // Both name the older language where they name none, and use none of the newer.
                    "Version" if map.contains_key("Statement") => {}
                    // The only value it may have today.
                    "AccessControl" => assert_eq!(value, "Private"),
                    "LifecyclePolicyText" => drop(plain.insert(key.clone(), without_description(value))),
                    "Action" | "Resource" => drop(plain.insert(key.clone(), sorted(vec_of(value)))),
                    "Statement" => drop(plain.insert(key.clone(), statements(value))),
                    _ => drop(plain.insert(key.clone(), self::plain(value))),
                }
            }
            plain.sort_keys();
            Value::Object(plain)
        }
        Value::Array(items) => items.iter().map(plain).collect(),
        other => other.clone(),
    }
}

fn statements(value: &Value) -> Value {
    sorted(vec_of(value).iter().map(plain).collect())
}

fn without_description(text: &Value) -> Value {
    let mut policy: Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
    policy["rules"][0]["description"] = json!("");
    policy.sort_all_objects();
    policy
}

fn vec_of(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}

fn sorted(mut items: Vec<Value>) -> Value {
    items.sort_by_key(Value::to_string);
    items.into()
}
