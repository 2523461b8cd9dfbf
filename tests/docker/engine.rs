//! Docker Engine for one test, with everything it keeps in a folder of the test's.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::registry::{stop, wait_until};
use crate::programs::succeed;

/// The client that Debian's engine comes with. Others on the machine may lack BuildKit.
pub const DOCKER: &str = "/usr/bin/docker";

/// What to do where a program is missing.
pub const INSTALL: &str = "`apt-get install docker.io docker-registry` installs it, as root";

/// A running engine.
pub struct Engine {
    folder: TempDir,
    process: Child,
}

impl Engine {
    /// Starts one that touches no network of the machine's.
    pub fn start() -> Self {
        assert!(Path::new(DOCKER).exists(), "there is no `{DOCKER}`: {INSTALL}");
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        let mut command = Command::new("dockerd");
        command.args(["--iptables=false", "--bridge=none", "--storage-driver=vfs", "--data-root"]).arg(place("data"));
        command.arg("--exec-root").arg(place("exec")).arg("--pidfile").arg(place("pid"));
        command.arg("-H").arg(format!("unix://{}", place("socket").display()));
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let engine = Self { process: process.unwrap_or_else(|error| panic!("`dockerd`: {error}; {INSTALL}")), folder };
        wait_until("dockerd", Duration::from_mins(1), || {
            engine.docker(&["version"]).output().is_ok_and(|it| it.status.success())
        });
        engine
    }

    /// Where it listens.
    pub fn host(&self) -> String {
        format!("unix://{}", self.folder.path().join("socket").display())
    }

    /// The names, with digests, under which an image was pushed.
    pub fn digests(&self, image: &str) -> Vec<String> {
        let format = "{{range .RepoDigests}}{{.}}\n{{end}}";
        let output = succeed(&mut self.docker(&["image", "inspect", "--format", format, image]));
        String::from_utf8_lossy(&output.stdout).lines().filter(|it| !it.is_empty()).map(str::to_owned).collect()
    }

    /// Forgets everything that was built.
    pub fn forget(&self, image: &str) {
        let id = succeed(&mut self.docker(&["image", "inspect", "--format", "{{.Id}}", image]));
        succeed(&mut self.docker(&["image", "rm", "--force", String::from_utf8_lossy(&id.stdout).trim()]));
        succeed(&mut self.docker(&["builder", "prune", "--all", "--force"]));
    }

    /// A command of the client.
    pub fn docker(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(DOCKER);
        command.env("DOCKER_HOST", self.host()).args(arguments).stdin(Stdio::null());
        command
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // Its containerd ends with it, when it is asked and not killed.
        stop(&mut self.process);
    }
}
