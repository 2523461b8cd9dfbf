//! Image assets: built with Docker and pushed to ECR, unless the tag is there.

use std::path::Path;
use std::process::Stdio;

use aws_sdk_ecr::types::ImageIdentifier;
use purlin_assembly::{CacheOption, DockerImageAsset, DockerImageSource};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::aws::Named;
use crate::{AssetStep, DeployError, Event, Session, event::Voice};

/// Publishes an image to all its destinations.
pub(crate) async fn publish(
    session: &Session,
    directory: &Path,
    id: &str,
    asset: &DockerImageAsset,
    voice: Voice<'_>,
) -> Result<(), DeployError> {
    let name = asset.display_name.as_deref().unwrap_or(id);
    let hear = |step| voice.hear(Event::Asset { name: name.to_owned(), step });
    let docker = Docker::found();
    let mut built = None;
    for destination in asset.destinations.values() {
        let session = session.in_region(destination.region.as_deref().map(|it| session.site().fill(it)).as_deref());
        let session = match &destination.assume_role_arn {
            Some(role) => session.as_role_or_self(role, destination.assume_role_external_id.as_deref(), voice).await,
            None => session,
        };
        let repository = session.site().fill(&destination.repository_name);
        let tag = session.site().fill(&destination.image_tag);
        let registry = registry(&session, &repository).await?;
        if is_there(&session, &repository, &tag).await? {
            hear(AssetStep::Present);
            continue;
        }
        if built.is_none() {
            hear(AssetStep::Building);
            built = Some(docker.image(directory, name, id, &asset.source).await?);
        }
        let image = built.as_deref().expect("it was built just now");
        hear(AssetStep::Uploading { bytes: None });
        docker.log_in(&session, &registry).await?;
        let remote = format!("{registry}/{repository}:{tag}");
        docker.run(&["tag", image, &remote], None).await?;
        docker.run(&["push", &remote], None).await?;
        hear(AssetStep::Published);
    }
    Ok(())
}

/// The host of the registry that has the repository.
async fn registry(session: &Session, repository: &str) -> Result<String, DeployError> {
    let call = session.ecr().describe_repositories().repository_names(repository);
    match call.send().await.named("DescribeRepositories") {
        Ok(answer) => {
            let uri = answer.repositories().first().and_then(|it| it.repository_uri()).unwrap_or_default();
            Ok(uri.split('/').next().unwrap_or_default().to_owned())
        }
        Err(error) if error.code() == Some("RepositoryNotFoundException") => Err(DeployError::NotBootstrapped {
            account: session.site().account.clone(),
            region: session.site().region.clone(),
            what: format!("repository `{repository}` for images"),
        }),
        Err(error) => Err(error),
    }
}

async fn is_there(session: &Session, repository: &str, tag: &str) -> Result<bool, DeployError> {
    let image = ImageIdentifier::builder().image_tag(tag).build();
    let call = session.ecr().describe_images().repository_name(repository).image_ids(image);
    match call.send().await.named("DescribeImages") {
        Ok(answer) => Ok(!answer.image_details().is_empty()),
        Err(error) if error.code() == Some("ImageNotFoundException") => Ok(false),
        Err(error) => Err(error),
    }
}

/// The program that builds and pushes.
struct Docker {
    program: String,
}

impl Docker {
    fn found() -> Self {
        let named = ["PURLIN_DOCKER", "CDK_DOCKER"].iter().find_map(|name| std::env::var(name).ok());
        Self { program: named.filter(|name| !name.is_empty()).unwrap_or_else(|| "docker".to_owned()) }
    }

    /// Builds the image, or has it built, and returns its local name.
    async fn image(
        &self,
        directory: &Path,
        name: &str,
        id: &str,
        source: &DockerImageSource,
    ) -> Result<String, DeployError> {
        if let Some([program, arguments @ ..]) = source.executable.as_deref() {
            let builder = Self { program: program.clone() };
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            return builder.run(&arguments, None).await.map(|said| said.trim().to_owned());
        }
        let Some(folder) = &source.directory else {
            let detail = "its source names neither a directory nor an executable".to_owned();
            return Err(DeployError::Asset { asset: name.to_owned(), detail });
        };
        let image = format!("purlin-asset-{}", id.to_ascii_lowercase());
        let mut arguments = vec!["build".to_owned(), "--tag".to_owned(), image.clone()];
        arguments.extend(build_options(source));
        arguments.push(".".to_owned());
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.run_in(Some(&directory.join(folder)), &arguments, None).await?;
        Ok(image)
    }

    /// Signs in to the registry. The password goes through standard input: arguments are public.
    async fn log_in(&self, session: &Session, registry: &str) -> Result<(), DeployError> {
        let answer = session.ecr().get_authorization_token().send().await.named("GetAuthorizationToken")?;
        let token = answer.authorization_data().first().and_then(|data| data.authorization_token()).unwrap_or_default();
        let password = password(token).ok_or_else(|| DeployError::Aws {
            operation: "GetAuthorizationToken",
            code: None,
            message: "the token is not one of user and password".to_owned(),
        })?;
        self.run(&["login", "--username", "AWS", "--password-stdin", registry], Some(&password)).await?;
        Ok(())
    }

    async fn run(&self, arguments: &[&str], input: Option<&str>) -> Result<String, DeployError> {
        self.run_in(None, arguments, input).await
    }

    async fn run_in(
        &self,
        folder: Option<&Path>,
        arguments: &[&str],
        input: Option<&str>,
    ) -> Result<String, DeployError> {
        let line = || format!("{} {}", self.program, arguments.first().copied().unwrap_or_default());
        let failed = |detail: String| DeployError::Docker { command: line(), detail };
        let mut command = Command::new(&self.program);
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
        if let Some(folder) = folder {
            command.current_dir(folder);
        }
        let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
        if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
            stdin.write_all(input.as_bytes()).await.map_err(|error| failed(error.to_string()))?;
        }
        let output = child.wait_with_output().await.map_err(|error| failed(error.to_string()))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(failed(last_lines(&String::from_utf8_lossy(&output.stderr))))
    }
}

/// The options of `docker build`.
fn build_options(source: &DockerImageSource) -> Vec<String> {
    let mut options = Vec::new();
    let mut option = |name: &str, value: &str| options.extend([format!("--{name}"), value.to_owned()]);
    for (key, value) in &source.docker_build_args {
        option("build-arg", &format!("{key}={value}"));
    }
    for (key, value) in &source.docker_build_contexts {
        option("build-context", &format!("{key}={value}"));
    }
    for (key, value) in &source.docker_build_secrets {
        option("secret", &format!("id={key},{value}"));
    }
    let single = [
        ("ssh", &source.docker_build_ssh),
        ("target", &source.docker_build_target),
        ("file", &source.docker_file),
        ("network", &source.network_mode),
        ("platform", &source.platform),
    ];
    for (name, value) in single {
        if let Some(value) = value {
            option(name, value);
        }
    }
    for output in &source.docker_outputs {
        option("output", output);
    }
    for cache in &source.cache_from {
        option("cache-from", &cache_option(cache));
    }
    if let Some(cache) = &source.cache_to {
        option("cache-to", &cache_option(cache));
    }
    if source.cache_disabled == Some(true) {
        options.push("--no-cache".to_owned());
    }
    options
}

fn cache_option(cache: &CacheOption) -> String {
    let parameters = cache.params.iter().map(|(key, value)| format!(",{key}={value}"));
    format!("type={}{}", cache.kind, parameters.collect::<String>())
}

/// ECR's token is `AWS:PASSWORD` in base 64.
fn password(token: &str) -> Option<String> {
    let bytes = base64(token)?;
    let text = String::from_utf8(bytes).ok()?;
    text.split_once(':').map(|(_, password)| password.to_owned())
}

fn base64(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_u32, 0);
    for digit in text.trim().trim_end_matches('=').bytes() {
        let value = ALPHABET.iter().position(|it| *it == digit)?;
        bits = (bits << 6) | u32::try_from(value).ok()?;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xff).ok()?);
        }
    }
    Some(bytes)
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_in_the_token() {
        assert_eq!(password("QVdTOnNlc2FtZQ==").as_deref(), Some("sesame"));
        assert_eq!(password("QVdTOnNlc2Ft").as_deref(), Some("sesam"));
        assert_eq!(password("*"), None);
    }

    #[test]
    fn build_options_are_those_of_docker() {
        let source = DockerImageSource {
            docker_file: Some("Dockerfile.web".into()),
            platform: Some("linux/arm64".into()),
            docker_build_args: [("A".to_owned(), "1".to_owned())].into(),
            cache_from: vec![CacheOption { kind: "registry".into(), params: [("ref".into(), "x".into())].into() }],
            cache_disabled: Some(true),
            ..DockerImageSource::default()
        };
        let expected = "--build-arg A=1 --file Dockerfile.web --platform linux/arm64 \
                        --cache-from type=registry,ref=x --no-cache";
        assert_eq!(build_options(&source).join(" "), expected);
    }
}
