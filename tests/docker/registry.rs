//! Debian's `docker-registry`, which asks for a password as ECR does.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::engine::INSTALL;
use crate::e2e::http::send;

/// What ECR's token holds.
pub const PASSWORD: &str = "open-sesame";

/// `AWS:open-sesame` in base 64, as ECR gives it.
pub const TOKEN: &str = "QVdTOm9wZW4tc2VzYW1l";

/// The same for the registry: made by `htpasswd -nbB AWS open-sesame`.
const HASH: &str = "AWS:$2y$05$abcdefghijklmnopqrstuutXu9KzOt.1yBoZUeFWoT/914/JfszCO";

/// A running registry.
pub struct Registry {
    folder: TempDir,
    process: Child,
    /// Its port on loopback.
    pub port: u16,
}

impl Registry {
    /// Starts one that is empty.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        fs::write(folder.path().join("passwords"), format!("{HASH}\n")).unwrap();
        let settings = serde_json::json!({
            "version": "0.1",
            "log": {"accesslog": {"disabled": false}},
            "storage": {"filesystem": {"rootdirectory": folder.path().join("data")}},
            "http": {"addr": format!("127.0.0.1:{port}")},
            "auth": {"htpasswd": {"realm": "ecr", "path": folder.path().join("passwords")}},
        });
        // JSON is YAML.
        let file = folder.path().join("settings.yaml");
        fs::write(&file, settings.to_string()).unwrap();
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let process = Command::new("docker-registry")
            .arg("serve")
            .arg(file)
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .stdin(Stdio::null())
            .spawn();
        let process = process.unwrap_or_else(|error| panic!("`docker-registry`: {error}; {INSTALL}"));
        let registry = Self { folder, process, port };
        let address = (Ipv4Addr::LOCALHOST, port);
        wait_until("docker-registry", Duration::from_secs(30), || TcpStream::connect(address).is_ok());
        registry
    }

    /// The digest that a tag names.
    pub fn digest(&self, repository: &str, tag: &str) -> Option<String> {
        digest(self.port, repository, tag)
    }

    /// How often something was sent to it.
    pub fn writes(&self) -> usize {
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap();
        log.lines()
            .filter(|line| ["\"POST /v2/", "\"PUT /v2/", "\"PATCH /v2/"].iter().any(|it| line.contains(it)))
            .count()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        stop(&mut self.process);
    }
}

/// The digest that a tag names in the registry of a port.
pub fn digest(port: u16, repository: &str, tag: &str) -> Option<String> {
    let host = format!("127.0.0.1:{port}");
    let accepted = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json";
    let password = format!("Basic {TOKEN}");
    let headers = [("Host", host.as_str()), ("Authorization", password.as_str()), ("Accept", accepted)];
    let answer = send(port, "GET", &format!("/v2/{repository}/manifests/{tag}"), &headers, "");
    let digest = answer.header("docker-content-digest").filter(|_| answer.status == 200);
    digest.map(str::to_owned)
}

/// Asks a program to end, and waits until it has.
pub fn stop(process: &mut Child) {
    let asked = Command::new("kill").arg(process.id().to_string()).status();
    if asked.is_err() {
        process.kill().ok();
    }
    process.wait().ok();
}

/// Waits for a program to be ready.
#[track_caller]
pub fn wait_until(what: &str, longest: Duration, is_ready: impl Fn() -> bool) {
    let deadline = Instant::now() + longest;
    while !is_ready() {
        assert!(Instant::now() < deadline, "{what} does not start; it needs root");
        thread::sleep(Duration::from_millis(50));
    }
}
