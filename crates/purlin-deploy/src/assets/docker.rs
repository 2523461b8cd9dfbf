//! Runs the program that builds and pushes images: Docker, or a compatible program.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use purlin_assembly::{CacheOption, DockerImageSource};
use tokio::process::Command;

use super::output::read;
use crate::error::DeployError;

/// Number of bytes of a program's output that are kept.
const MAX_OUTPUT: usize = 64 << 10;

/// The builder.
#[derive(Clone, Debug)]
pub(super) struct Docker {
    program: OsString,
    variables: Vec<(&'static str, OsString)>,
}

impl Docker {
    /// `$PURLIN_DOCKER`, else `$CDK_DOCKER`, else `docker`.
    pub(super) fn named() -> Self {
        let named =
            ["PURLIN_DOCKER", "CDK_DOCKER"].into_iter().find_map(|name| env::var_os(name).filter(|it| !it.is_empty()));
        Self { program: named.unwrap_or_else(|| "docker".into()), variables: Vec::new() }
    }

    /// Adds an environment variable.
    pub(super) fn with(mut self, (name, value): (&'static str, impl Into<OsString>)) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    /// Builds an image under a local name.
    pub(super) async fn build(
        &self,
        folder: &Path,
        image: &str,
        source: &DockerImageSource,
    ) -> Result<(), DeployError> {
        let mut arguments = vec!["build".to_owned(), "--tag".to_owned(), image.to_owned()];
        arguments.extend(build_options(source));
        arguments.push(".".to_owned());
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut builder = self.clone();
        // With attestations the result is an image index, which Lambda and the CDK do not support.
        builder.variables.push(("BUILDX_NO_DEFAULT_ATTESTATIONS", "1".into()));
        if env::var_os("DOCKER_BUILDKIT").is_none() && self.has_build_kit().await {
            builder.variables.push(("DOCKER_BUILDKIT", "1".into()));
        }
        builder.run(Some(folder), &arguments).await?;
        Ok(())
    }

    /// Pushes an image under a name with the registry. Returns the digest, if the program prints it.
    pub(super) async fn push(&self, image: &str, name: &str) -> Result<Option<String>, DeployError> {
        self.run(None, &["tag", image, name]).await?;
        self.run(None, &["push", name]).await.map(|output| digest(&output))
    }

    /// Whether to set `DOCKER_BUILDKIT`: Docker before 23 needs it for BuildKit; later versions fail with it if their
    /// plug-in is missing. Other programs ignore it.
    async fn has_build_kit(&self) -> bool {
        if self.run(None, &["buildx", "version"]).await.is_ok() {
            return true;
        }
        let version = self.run(None, &["version", "--format", "{{.Client.Version}}"]).await.unwrap_or_default();
        let major: Option<u32> = version.trim().split('.').next().and_then(|major| major.parse().ok());
        major.is_some_and(|major| (18..23).contains(&major))
    }

    async fn run(&self, folder: Option<&Path>, arguments: &[&str]) -> Result<String, DeployError> {
        let program = self.program.to_string_lossy().into_owned();
        // Only the subcommand, because options can contain secrets.
        let command = format!("{program} {}", arguments.first().copied().unwrap_or_default());
        let ended = run(&self.program, folder, arguments, &self.variables).await;
        match ended {
            Ok(ended) if ended.status.success() => Ok(ended.output),
            Ok(ended) => Err(DeployError::Docker { command, detail: format!("{}\n{}", ended.status, ended.tail) }),
            Err(error) => Err(DeployError::Docker { command, detail: cannot_start(&program, &error) }),
        }
    }
}

/// The result of a program.
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    /// Its standard output.
    pub(super) output: String,
    /// The last lines of its standard output, then of its standard error.
    pub(super) tail: String,
}

/// Runs a program to its end. It is killed when the future is dropped.
pub(super) async fn run(
    program: impl AsRef<std::ffi::OsStr>,
    folder: Option<&Path>,
    arguments: &[&str],
    variables: &[(&'static str, OsString)],
) -> io::Result<Ended> {
    let mut command = Command::new(program);
    command.args(arguments).envs(variables.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    let mut child = command.spawn()?;
    let (stdout, stderr) = (child.stdout.take().expect("it is piped"), child.stderr.take().expect("it is piped"));
    let (status, stdout, stderr) = tokio::join!(child.wait(), read(stdout, MAX_OUTPUT), read(stderr, 0));
    // The reason of a failure is in the standard error, its context sometimes in the standard output.
    let tail = format!("{}\n{}", stdout.end, stderr.end).trim().to_owned();
    Ok(Ended { status: status?, output: stdout.start, tail })
}

fn cannot_start(program: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!("`{program}` is not installed, or not in `PATH`"),
        _ => format!("`{program}` cannot be started: {error}"),
    }
}

/// The digest in `TAG: digest: sha256:.. size: ..`, the end of Docker's output of a push.
fn digest(output: &str) -> Option<String> {
    let (_, rest) = output.rsplit_once("digest: ")?;
    rest.split_whitespace().next().filter(|it| it.starts_with("sha256:")).map(str::to_owned)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn build_options_are_those_of_docker() {
        let source = DockerImageSource {
            docker_file: Some("Dockerfile.web".into()),
            platform: Some("linux/arm64".into()),
            docker_build_args: [("A".to_owned(), "1".to_owned())].into(),
            docker_build_secrets: [("npm".to_owned(), "src=.npmrc".to_owned())].into(),
            cache_from: vec![CacheOption { kind: "registry".into(), params: [("ref".into(), "x".into())].into() }],
            cache_disabled: Some(true),
            ..DockerImageSource::default()
        };
        let expected = "--build-arg A=1 --secret id=npm,src=.npmrc --file Dockerfile.web --platform linux/arm64 \
                        --cache-from type=registry,ref=x --no-cache";
        assert_eq!(build_options(&source).join(" "), expected);
    }

    #[test]
    fn the_digest_is_at_the_end_of_a_push() {
        let output = "latest: Pushed\nv1: digest: sha256:abc size: 528\n";
        assert_eq!(digest(output).as_deref(), Some("sha256:abc"));
        assert_eq!(digest("Writing manifest to image destination"), None);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_failure_has_the_last_output_and_no_options() {
        let docker = Docker { program: "sh".into(), variables: vec![("WORD", "sesame".into())] };
        let script = "for i in $(seq 100); do echo step $i; done; echo no such file >&2; exit 3";
        let error = docker.run(None, &["-c", script]).await.unwrap_err().to_string();
        assert!(error.starts_with("`sh -c` failed: exit status: 3"), "{error}");
        assert!(
            error.contains("step 100") && error.contains("no such file") && !error.contains("step 50\n"),
            "{error}"
        );
        assert_eq!(docker.run(None, &["-c", "echo $WORD"]).await.unwrap(), "sesame\n");
        let missing = Docker { program: "/nowhere/docker".into(), variables: Vec::new() };
        let error = missing.run(None, &["build"]).await.unwrap_err().to_string();
        assert_eq!(error, "`/nowhere/docker build` failed: `/nowhere/docker` is not installed, or not in `PATH`");
    }
}
