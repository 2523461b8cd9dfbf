//! The throwaway program that makes the samples: a package of its own beside the workspace's builds, as trybuild has.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::plan::Instance;

/// What a module of the program is: the instances of a service's types, and functions that make parts of them.
pub struct Module {
    pub name: String,
    pub instances: Vec<Instance>,
    pub functions: Vec<String>,
}

/// Resources by module and place in it.
pub type Made = BTreeMap<(String, usize), Value>;

/// Every instance as the program synthesized it.
pub fn run(root: &Path, modules: &[Module]) -> Result<Made> {
    let folder = target(root).join("samples");
    write_package(root, &folder, modules)?;
    let out = cargo(&folder, &folder.join("target")).arg("--offline").output().context("running cargo")?;
    ensure!(out.status.success(), "the program of samples failed: {}", String::from_utf8_lossy(&out.stderr));
    read(&out.stdout)
}

/// The folder of build artefacts.
pub fn target(root: &Path) -> PathBuf {
    root.join(std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from))
}

/// `cargo run` in `folder`, without the caller's own flags, which would build everything once more.
pub fn cargo(folder: &Path, target: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["run", "--quiet"]).current_dir(folder).env("CARGO_TARGET_DIR", target);
    cargo.env_remove("RUSTFLAGS").env("CARGO_INCREMENTAL", "0");
    cargo
}

/// A line of JSON for every module: its name, and the resources of its stack by logical id.
fn read(lines: &[u8]) -> Result<Made> {
    let mut found = BTreeMap::new();
    for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let (module, mut resources): (String, BTreeMap<String, Value>) = serde_json::from_slice(line)?;
        for (id, resource) in &mut resources {
            let index = id.strip_prefix('R').and_then(|id| id.parse().ok()).context("ids are `R0`, `R1` ..")?;
            found.insert((module.clone(), index), resource.take());
        }
    }
    Ok(found)
}

fn write_package(root: &Path, folder: &Path, modules: &[Module]) -> Result<()> {
    let src = folder.join("src");
    if src.exists() {
        fs::remove_dir_all(&src)?;
    }
    fs::create_dir_all(&src)?;
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    fs::write(folder.join("Cargo.toml"), manifest(root, modules))?;
    let mut main = String::from(MAIN);
    for module in modules {
        fs::write(src.join(format!("{}.rs", module.name)), source(module))?;
        writeln!(main, "#[path = \"{0}.rs\"]\nmod in_{0};", module.name)?;
    }
    main.push_str("\nfn main() {\n");
    for module in modules {
        writeln!(main, "    print(\"{0}\", in_{0}::add);", module.name)?;
    }
    main.push_str("}\n");
    fs::write(src.join("main.rs"), main)?;
    Ok(())
}

fn manifest(root: &Path, modules: &[Module]) -> String {
    let features: Vec<&str> = modules.iter().map(|module| module.name.as_str()).collect();
    let path = |name: &str| root.join("crates").join(name).display().to_string();
    format!(
        "[package]\nname = \"samples\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[workspace]\n\n\
         [dependencies]\npurlin-cfn = {{ path = {:?}, features = {features:?} }}\npurlin-construct = {{ path = {:?} }}\n\
         serde_json = {{ version = \"1\", features = [\"preserve_order\"] }}\n\n\
         [profile.dev]\ndebug = 0\npanic = \"abort\"\n",
        path("purlin-cfn"),
        path("purlin-construct"),
    )
}

const MAIN: &str = r#"//! Every resource type with every property. Written by a test of `xtask`.
#![allow(deprecated)]

use purlin_construct::{App, Expr, IntoValue, Json, Stack, Value};

fn json(text: &str) -> Value<Json> {
    serde_json::from_str::<serde_json::Value>(text).expect("samples are JSON").into_value()
}

fn none<T>() -> Value<Vec<T>> {
    Value::new(Expr::List(Vec::new()))
}

fn print(name: &str, add: fn(&Stack)) {
    let app = App::new();
    let stack = app.add("Samples", Stack::props());
    add(&stack);
    let synthesis = app.synth().expect("samples have no problems");
    println!("{}", serde_json::json!([name, synthesis.stacks[0].template["Resources"]]));
}

"#;

fn source(module: &Module) -> String {
    let mut source = format!(
        "#![allow(unused_imports, dead_code)]\nuse purlin_cfn::{};\nuse purlin_construct::{{CfnResource, CfnTag, Stack}};\nuse super::{{json, none}};\n\n",
        module.name
    );
    source.push_str("pub fn add(stack: &Stack) {\n");
    let added = module.instances.iter().enumerate();
    source.extend(added.map(|(index, instance)| format!("    stack.add(\"R{index}\", {});\n", instance.code)));
    source.push_str("}\n\n");
    source.extend(module.functions.iter().map(String::as_str));
    source
}
