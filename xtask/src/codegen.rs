//! `cargo xtask codegen`: from pinned snapshots of AWS's schemas to the L1 crate `purlin-cfn` and to what the toolkit reads.
//!
//! [`schema`] and [`registry`] are what the two snapshots hold, [`upstream`] makes them from what is published. For L1,
//! [`merge`] puts both into one model, [`names`], [`types`] and [`docs`] decide how a thing is called, typed and described
//! in Rust, [`model`] puts a service together, and [`render`] prints it through the handlebars templates in
//! `templates/codegen`. For the toolkit, [`database`] puts both into one [`archive`], and [`texts`] their texts into another.

mod answers;
mod archive;
mod changes;
mod convert;
mod corrections;
mod database;
mod docs;
mod extensions;
mod iam;
mod json_schema;
mod merge;
mod model;
mod names;
mod pairs;
mod patterns;
mod registry;
mod render;
#[cfg(test)]
mod samples;
mod schema;
mod texts;
mod types;
mod upstream;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use answers::Answers;
use archive::Archive;
use corrections::Corrections;
use database::Tables;
use extensions::Extensions;
use iam::Iam;
use registry::Registry;
use schema::Snapshot;

/// How to run the generator.
#[derive(clap::Args)]
pub struct Args {
    /// Writes nothing; fails if the generated crate is not what the snapshot gives.
    #[arg(long, conflicts_with = "update")]
    check: bool,
    /// Fetches this version of the schemas, rewrites the snapshot and says what came, went and changed: `0.1.217` of
    /// `@aws-cdk/aws-service-spec` with npm, `cfn-lint@1.59.0` with pip, `iam-data@0.21.202609261` with npm and
    /// `iam-floyd@0.851.0` with pip.
    #[arg(long, value_name = "VERSION")]
    update: Vec<String>,
}

/// Which services are features by default: `xtask/schema/services.yaml`. Every service is generated.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Services {
    default: BTreeSet<String>,
}

/// Generates, checks or updates.
pub fn run(args: &Args) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the workspace")?;
    let folder = root.join("xtask/schema");
    for version in &args.update {
        update(&folder, version)?;
    }
    let (snapshot, registry) = (Snapshot::read(&folder)?, Registry::read(&folder)?);
    let tables = Tables {
        extensions: Extensions::read(&folder)?,
        answers: Answers::read(&folder)?,
        corrections: Corrections::read(&folder)?,
    };
    let archives = archives(root, &snapshot, &registry, &tables)?;
    let files = generate(root, &folder, &snapshot.merged(&registry))?;
    let mut stale = differences(root, &files)?;
    if args.check {
        stale.extend(archives.into_iter().filter(Packed::is_stale).map(|packed| packed.path));
        return report(&stale);
    }
    archives.iter().try_for_each(|packed| packed.write(root))?;
    for path in &stale {
        match files.get(path) {
            Some(text) => {
                fs::create_dir_all(path.parent().context("a generated file lies in a folder")?)?;
                fs::write(path, text)?;
            }
            None => fs::remove_file(path)?,
        }
        println!("wrote {}", path.strip_prefix(root).unwrap_or(path).display());
    }
    println!("{} of {} generated files changed", stale.len(), files.len());
    Ok(())
}

fn update(folder: &Path, version: &str) -> Result<()> {
    if let Some(version) = version.strip_prefix("cfn-lint@") {
        let old = Registry::read(folder).ok();
        let new = upstream::cfn_lint::fetch(version, folder, &Snapshot::read(folder)?)?;
        if let Some(old) = old {
            println!("{}", changes::between(&old, &new));
        }
        return new.write(folder);
    }
    if let Some((package @ ("iam-data" | "iam-floyd"), version)) = version.split_once('@') {
        let old = Iam::read(folder).unwrap_or_default();
        let mut new = Iam::read(folder).unwrap_or_default();
        match package {
            "iam-data" => upstream::iam::fetch_actions(&mut new, version, folder)?,
            _ => upstream::iam::fetch_principals(&mut new, version, folder)?,
        }
        println!("{}", new.changes(&old));
        return new.write(folder);
    }
    let old = Snapshot::read(folder).ok();
    let new = upstream::service_spec::fetch(version, folder)?;
    if let Some(old) = old {
        println!("{}", changes::between(&old, &new));
    }
    new.write(folder)
}

/// An archive and where it lies.
struct Packed {
    path: PathBuf,
    archive: Archive,
}

impl Packed {
    /// Whether the file holds something else; the same packed differently is the same.
    fn is_stale(&self) -> bool {
        let file = fs::read(&self.path).ok().and_then(|file| Archive::from_bytes(&file).ok());
        file.as_ref() != Some(&self.archive)
    }

    fn write(&self, root: &Path) -> Result<()> {
        let (file, documents, raw) = (self.archive.to_bytes()?, self.archive.len(), self.archive.raw_len());
        let path = self.path.strip_prefix(root).unwrap_or(&self.path).display();
        println!("{path}: {documents} documents, {} bytes, {raw} unpacked", file.len());
        if self.is_stale() {
            fs::write(&self.path, file)?;
        }
        Ok(())
    }
}

/// What the toolkit reads of both sources.
fn archives(root: &Path, snapshot: &Snapshot, registry: &Registry, tables: &Tables) -> Result<Vec<Packed>> {
    let folder = root.join("crates/purlin-template/src/schema");
    fs::create_dir_all(&folder)?;
    let database = database::database(snapshot, registry, tables)?;
    for pattern in &database.dropped {
        println!("left out a pattern that is none in ECMAScript: {pattern}");
    }
    let texts = texts::texts(snapshot, registry);
    Ok(vec![
        Packed { path: folder.join("registry.bin"), archive: database.archive },
        Packed { path: folder.join("docs.bin"), archive: texts },
        Packed { path: folder.join("actions.bin"), archive: Iam::read(&root.join("xtask/schema"))?.archive() },
    ])
}

/// Every generated file with its text.
fn generate(root: &Path, folder: &Path, snapshot: &Snapshot) -> Result<BTreeMap<PathBuf, String>> {
    let services = fs::read_to_string(folder.join("services.yaml")).context("reading `services.yaml`")?;
    let services: Services = serde_yaml::from_str(&services).context("reading `services.yaml`")?;
    let printer = render::Printer::new(&root.join("templates/codegen"))?;
    let crate_folder = root.join("crates/purlin-cfn");
    let mut files = BTreeMap::new();
    let mut modules = Vec::new();
    let namespaces = model::namespaces(snapshot);
    if let Some(unknown) = services.default.iter().find(|name| !namespaces.contains(name.as_str())) {
        bail!("`services.yaml` lists `{unknown}`, of which the schemas have no type; it takes namespaces, `AWS::ECS`");
    }
    for namespace in namespaces {
        let service = model::service(namespace, snapshot)?;
        modules.push(model::module(&service, services.default.contains(namespace)));
        let file = crate_folder.join(format!("src/{}.rs", service.module));
        ensure!(!files.contains_key(&file), "two namespaces would be one module; `{namespace}` is the second");
        files.insert(file, printer.service(&service)?);
    }
    modules.sort_by(|a, b| a.name.cmp(&b.name));
    files.insert(crate_folder.join("src/lib.rs"), printer.crate_root(&snapshot.source, &modules)?);
    for (manifest, features) in [
        (crate_folder.join("Cargo.toml"), printer.features(&modules)?),
        (root.join("crates/purlin/Cargo.toml"), printer.forwards(&modules)?),
    ] {
        let text = fs::read_to_string(&manifest)?;
        files.insert(manifest, render::with_features(&text, &features));
    }
    Ok(files)
}

/// The files that are missing, stale, or generated once and no longer.
fn differences(root: &Path, files: &BTreeMap<PathBuf, String>) -> Result<Vec<PathBuf>> {
    let mut stale: Vec<PathBuf> = files
        .iter()
        .filter(|(path, text)| fs::read_to_string(path).ok().as_ref() != Some(text))
        .map(|(path, _)| path.clone())
        .collect();
    for entry in fs::read_dir(root.join("crates/purlin-cfn/src"))? {
        let path = entry?.path();
        if !files.contains_key(&path) && fs::read_to_string(&path).is_ok_and(|text| text.contains(render::MARK)) {
            stale.push(path);
        }
    }
    stale.sort();
    Ok(stale)
}

fn report(stale: &[PathBuf]) -> Result<()> {
    if stale.is_empty() {
        println!("the generated code is fresh");
        return Ok(());
    }
    let list: Vec<String> = stale.iter().map(|path| format!("  {}", path.display())).collect();
    bail!(
        "{} generated files are not what the schemas give; run `cargo xtask codegen`:\n{}",
        list.len(),
        list.join("\n")
    )
}
