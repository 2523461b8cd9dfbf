//! What publishing does outside the assembly and the stack's account: programs that run on this machine, files that are
//! read elsewhere, roles of other accounts. The user is asked before it happens.

use std::path::Path;

use purlin_assembly::{AssemblyError, DockerImageSource, Location, StackAssets};

use crate::target::Target;

/// A line for each such thing. A relative path that leaves the assembly is an error.
pub(crate) fn outside(all: &[StackAssets], target: &Target) -> Result<Vec<String>, AssemblyError> {
    let mut found = Vec::new();
    for assets in all {
        for (id, asset) in &assets.manifest.files {
            let name = asset.display_name.as_deref().unwrap_or(id);
            found.extend(program(name, asset.source.executable.as_deref()));
            if let Some(path) = &asset.source.path {
                found.extend(file(assets, name, "is read from", path)?);
            }
            let roles = asset.destinations.values().filter_map(|it| it.assume_role_arn.as_deref());
            found.extend(roles.filter_map(|role| foreign_role(name, role, target)));
        }
        for (id, asset) in &assets.manifest.docker_images {
            let name = asset.display_name.as_deref().unwrap_or(id);
            found.extend(program(name, asset.source.executable.as_deref()));
            found.extend(build(assets, name, &asset.source, target)?);
            let roles = asset.destinations.values().filter_map(|it| it.assume_role_arn.as_deref());
            found.extend(roles.filter_map(|role| foreign_role(name, role, target)));
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn program(asset: &str, command: Option<&[String]>) -> Option<String> {
    let command = command.filter(|command| !command.is_empty())?;
    Some(format!("asset `{asset}` runs `{}` on this machine", command.join(" ")))
}

fn file(assets: &StackAssets, asset: &str, what: &str, path: &str) -> Result<Option<String>, AssemblyError> {
    let location = assets.locate(path)?;
    let is_outside = matches!(location, Location::Outside(_));
    Ok(is_outside.then(|| format!("asset `{asset}` {what} `{path}`, outside the assembly")))
}

/// What a build reads and writes besides its folder. Relative paths are those of Docker, which runs in that folder.
fn build(
    assets: &StackAssets,
    asset: &str,
    source: &DockerImageSource,
    target: &Target,
) -> Result<Vec<String>, AssemblyError> {
    let Some(folder) = &source.directory else { return Ok(Vec::new()) };
    let mut found: Vec<String> = file(assets, asset, "is built from", folder)?.into_iter().collect();
    let mut path = |what: &str, path: &str| {
        let is_absolute = Path::new(path).is_absolute();
        let in_folder = format!("{folder}/{path}");
        let is_inside = match assets.locate(if is_absolute { path } else { &in_folder }) {
            Ok(Location::Inside(_)) => true,
            // The folder itself is outside, and named above.
            Ok(Location::Outside(_)) => !is_absolute && !path.contains(".."),
            Err(_) => false,
        };
        if !is_inside {
            found.push(format!("the build of asset `{asset}` {what} `{path}`, outside the assembly"));
        }
    };
    let of_options = |text: &str, names: &[&str]| -> Vec<String> {
        let fields = text.split(',').filter_map(|field| field.split_once('='));
        fields.filter(|(name, _)| names.contains(name)).map(|(_, value)| value.to_owned()).collect()
    };
    let contexts = source.docker_build_contexts.values().map(|it| it.strip_prefix("oci-layout://").unwrap_or(it));
    for it in contexts.filter(|it| !it.contains("://")).chain(source.docker_file.as_deref()) {
        path("reads", it);
    }
    for secret in source.docker_build_secrets.values() {
        for it in of_options(secret, &["src", "source"]) {
            path("reads", &it);
        }
    }
    for output in &source.docker_outputs {
        for it in of_options(output, &["dest"]) {
            path("writes to", &it);
        }
    }
    let caches = source.cache_from.iter().chain(&source.cache_to).filter(|cache| cache.kind == "local");
    for (name, value) in caches.flat_map(|cache| &cache.params) {
        match name.as_str() {
            "src" => path("reads", value),
            "dest" => path("writes to", value),
            _ => {}
        }
    }
    let own = format!("{}.dkr.ecr.", target.account);
    let caches = source.cache_to.iter().filter(|cache| ["registry", "s3", "azblob"].contains(&cache.kind.as_str()));
    let caches = caches.filter(|cache| !cache.params.get("ref").is_some_and(|it| it.starts_with(&own)));
    found.extend(caches.map(|cache| {
        let params: Vec<String> = cache.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("the build of asset `{asset}` sends its cache to `{}`", params.join(","))
    }));
    for output in source.docker_outputs.iter().filter(|it| it.contains("type=registry") || it.contains("push=true")) {
        let names = of_options(output, &["name"]);
        if names.is_empty() || !names.iter().all(|it| it.starts_with(&own)) {
            found.push(format!("the build of asset `{asset}` pushes to `{output}`"));
        }
    }
    if let Some(ssh) = &source.docker_build_ssh {
        found.push(format!("the build of asset `{asset}` uses your SSH keys (`--ssh {ssh}`)"));
    }
    Ok(found)
}

fn foreign_role(asset: &str, role: &str, target: &Target) -> Option<String> {
    let role = target.fill(role);
    let account = target.other_account(&role)?;
    Some(format!("asset `{asset}` is published with role `{role}`, to account `{account}`"))
}
