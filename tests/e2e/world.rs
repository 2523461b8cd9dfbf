//! The environment of a test: an empty home, its own emulator, and the project's programs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::{NamedTempFile, TempDir};

use super::aws::{Aws, REGION};
use super::http::send;
use super::signed::Key;
use crate::house::root;
use crate::programs::{command, purlin, stacks, succeed};
use crate::tools::{cache, node_home, protoc};

/// A home folder and an emulator.
#[derive(Debug)]
pub struct World {
    home: TempDir,
    /// The emulator's services.
    pub aws: Aws,
}

/// The result of a command.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code.
    pub code: Option<i32>,
    /// Standard output, then standard error.
    pub output: String,
}

impl World {
    /// A home folder, and no emulator yet. The packages are installed once, in a cache that all tests share.
    pub fn absent() -> Self {
        let home = tempfile::tempdir().expect("the machine has a folder for temporary files");
        let key = Box::leak(Box::new(Key { id: String::new(), secret: String::new() }));
        Self { home, aws: Aws { port: 0, key } }
    }

    /// The same, with an emulator.
    pub fn new() -> Self {
        let mut world = Self::absent();
        let started = succeed(world.toolkit().args(["local", "start"]));
        let endpoint = String::from_utf8_lossy(&started.stdout).trim().to_owned();
        let port = endpoint.strip_prefix("http://127.0.0.1:").expect("the emulator listens on loopback");
        let environment = succeed(world.toolkit().args(["local", "env"]));
        let environment = String::from_utf8_lossy(&environment.stdout).into_owned();
        let value = |name: &str| {
            let line = environment.lines().find_map(|line| line.strip_prefix(&format!("export {name}=")));
            line.unwrap_or_else(|| panic!("no `{name}` in {environment}")).to_owned()
        };
        let key = Key { id: value("AWS_ACCESS_KEY_ID"), secret: value("AWS_SECRET_ACCESS_KEY") };
        // One for each emulator of a test, so that `Aws` can be copied.
        let key = Box::leak(Box::new(key));
        world.aws = Aws { port: port.parse().expect("the endpoint has a port"), key };
        world
    }

    /// The same, with the first reference stack deployed.
    #[track_caller]
    pub fn deployed() -> Self {
        Self::with("CognitoAlbFargate")
    }

    /// The same, with one of the reference stacks deployed.
    #[track_caller]
    pub fn with(stack: &str) -> Self {
        let world = Self::new();
        let outcome = world.deploy_stack(stack, &[]);
        assert_eq!(outcome.code, Some(0), "{}", outcome.output);
        world
    }

    /// `cargo run -- deploy --local CognitoAlbFargate`, with more options.
    pub fn deploy(&self, options: &[&str]) -> Outcome {
        self.deploy_stack("CognitoAlbFargate", options)
    }

    /// `cargo run -- deploy --local STACK`, with more options.
    pub fn deploy_stack(&self, stack: &str, options: &[&str]) -> Outcome {
        self.stacks(&[&["deploy", "--local", "--yes", "--region", REGION, stack], options].concat())
    }

    /// `cargo run -- destroy --local CognitoAlbFargate`.
    pub fn destroy(&self) -> Outcome {
        self.destroy_stack("CognitoAlbFargate")
    }

    /// `cargo run -- destroy --local STACK`.
    pub fn destroy_stack(&self, stack: &str) -> Outcome {
        self.stacks(&["destroy", "--local", "--yes", "--region", REGION, stack])
    }

    /// `purlin local VERB`.
    pub fn local(&self, verb: &str) -> Outcome {
        outcome(tool(&self.home).args(["local", verb]))
    }

    /// The toolkit, without an endpoint.
    pub fn toolkit(&self) -> Command {
        tool(&self.home)
    }

    /// The CDK's command line, with the emulator in place of AWS.
    pub fn cdk(&self, arguments: &[&str]) -> Outcome {
        let mut command = self.signed_in(&node_home().join("node_modules/.bin/cdk"));
        outcome(command.env("CDK_DISABLE_CLI_TELEMETRY", "true").args(arguments))
    }

    /// The toolkit, with the emulator in place of AWS, without the shortcuts of `--local`.
    pub fn purlin(&self, arguments: &[&str]) -> Outcome {
        self.purlin_with(&[], arguments)
    }

    /// The same with more variables in its environment.
    pub fn purlin_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Outcome {
        outcome(self.signed_in(purlin()).envs(variables.iter().copied()).args(arguments))
    }

    fn signed_in(&self, program: &Path) -> Command {
        let mut command = at_home(program, &self.home);
        self.sign_in(&mut command, self.aws.port);
        command
    }

    /// Gives a command the emulator behind a port in place of AWS.
    pub fn sign_in(&self, command: &mut Command, port: u16) {
        command.env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}")).envs([
            ("AWS_ACCESS_KEY_ID", self.aws.key.id.as_str()),
            ("AWS_SECRET_ACCESS_KEY", self.aws.key.secret.as_str()),
            ("AWS_REGION", REGION),
        ]);
    }

    /// The path of a file in the home folder.
    pub fn path(&self, name: &str) -> String {
        self.home.path().join(name).to_string_lossy().into_owned()
    }

    /// A copy of the first stack's settings with some text replaced.
    pub fn settings(&self, changes: &[(&str, &str)]) -> String {
        self.settings_of("cognito-alb-fargate", changes)
    }

    /// A copy of a stack's settings with some text replaced.
    pub fn settings_of(&self, stack: &str, changes: &[(&str, &str)]) -> String {
        let mut text = fs::read_to_string(root().join(format!("stacks/settings/{stack}.yaml"))).unwrap();
        for (old, new) in changes {
            assert!(text.contains(old), "the settings do not contain `{old}`");
            text = text.replace(old, new);
        }
        let path = self.path(&format!("{stack}.changed.yaml"));
        fs::write(&path, text).unwrap();
        path
    }

    fn stacks(&self, arguments: &[&str]) -> Outcome {
        let mut command = at_home(stacks(), &self.home);
        outcome(command.env("PURLIN", purlin()).args(arguments))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // A failed test has its own message.
        let stopped = self.local("stop");
        assert!(thread::panicking() || stopped.code == Some(0), "{}", stopped.output);
    }
}

fn tool(home: &TempDir) -> Command {
    at_home(purlin(), home)
}

fn at_home(program: &Path, home: &TempDir) -> Command {
    let mut command = command(program, home.path());
    command.env("PURLIN_CACHE", cache()).env("PURLIN_LOCAL_STATE", home.path().join("emulator"));
    command.current_dir(home.path());
    command
}

fn outcome(command: &mut Command) -> Outcome {
    let Output { status, stdout, stderr } = command.output().expect("the program is built");
    let output = [stdout, stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    Outcome { code: status.code(), output }
}

/// A stack's app, running on a port of this machine.
#[derive(Debug)]
pub struct App {
    process: Child,
    /// Its standard error.
    log: NamedTempFile,
    /// Its port.
    pub port: u16,
}

/// A free port of this machine.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl App {
    /// Starts the app of the first stack with its container's environment.
    pub fn start(environment: &BTreeMap<String, String>) -> Self {
        Self::of("cognito-alb-fargate", free_port(), environment)
    }

    /// Starts the app in a folder of `stacks/apps` at a port, and waits until it is healthy.
    pub fn of(name: &str, port: u16, environment: &BTreeMap<String, String>) -> Self {
        let log = NamedTempFile::new().expect("the machine has a folder for temporary files");
        let mut command = Command::new(program(name));
        command.env_clear().envs(environment).stdout(Stdio::null()).stderr(log.reopen().unwrap());
        let process = command.env("PORT", port.to_string()).spawn().unwrap();
        let app = Self { process, log, port };
        let deadline = Instant::now() + Duration::from_secs(30);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "the app does not start: {}", app.log());
            thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(send(port, "GET", "/health", &[("Host", "localhost")], "").status, 200);
        app
    }

    /// Its log so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log.path()).expect("the log exists")
    }
}

impl Drop for App {
    fn drop(&mut self) {
        if self.process.kill().is_ok() {
            self.process.wait().ok();
        }
    }
}

/// Each app is a separate workspace. It is built in the same target folder as by `.ci/run`.
fn program(name: &str) -> PathBuf {
    static PROGRAMS: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());
    let mut programs = PROGRAMS.lock().unwrap_or_else(PoisonError::into_inner);
    let build = || {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
        let target = root().join(target).join("apps");
        let manifest = root().join(format!("stacks/apps/{name}/Cargo.toml"));
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--locked", "--target-dir"]).arg(&target).arg("--manifest-path").arg(manifest);
        // Debug information would be a tenth of the CPU time and half of the folder.
        succeed(cargo.env("PROTOC", protoc()).env("CARGO_PROFILE_DEV_DEBUG", "0"));
        target.join("debug").join(name)
    };
    programs.entry(name.to_owned()).or_insert_with(build).clone()
}
