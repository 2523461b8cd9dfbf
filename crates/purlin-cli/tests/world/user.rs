//! Runs `purlin` against the simulator of CloudFormation, with or without a terminal.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use purlin_assembly::{Artifact, CloudAssembly, Environment, StackProperties};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::server::Served;
use crate::world::World;

/// Milliseconds that a resource takes, and a change set.
const SHORT: i64 = 60;

/// The longest time for a test on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

pub struct User {
    folder: TempDir,
    served: Arc<Served>,
    /// The simulation ends when it is dropped.
    _end: tokio::sync::oneshot::Sender<()>,
}

/// The output and exit code of a command. On a terminal, all output is in `out`.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

pub struct Running(Child);

/// A command on a terminal of its own, which `script` of util-linux provides.
pub struct Terminal {
    child: Child,
    keys: ChildStdin,
    seen: Arc<Mutex<String>>,
    /// The end of the output that was searched already.
    read: usize,
}

impl User {
    pub fn with(stacks: &[(&str, Value)]) -> Self {
        let stacks: Vec<(&str, Value, &[&str])> =
            stacks.iter().map(|(name, template)| (*name, template.clone(), &[][..])).collect();
        Self::with_needs(&stacks)
    }

    pub fn with_needs(stacks: &[(&str, Value, &[&str])]) -> Self {
        let (served, end) = served();
        let user = Self { folder: tempfile::tempdir().expect("a folder"), served, _end: end };
        let mut out = CloudAssembly::new();
        for (name, template, needs) in stacks {
            let file = format!("{name}.template.json");
            out.json(&file, template);
            let artifact = Artifact::of_stack(&Environment::agnostic(), &StackProperties::new(file));
            out.artifact(*name, needs.iter().fold(artifact, |artifact, needed| artifact.after(*needed)));
        }
        out.write(&user.folder.path().join("purlin.out")).expect("an empty folder");
        user
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.served.world()
    }

    pub fn status(&self, stack: &str) -> String {
        self.world().newest(stack).map_or("absent", |it| &it.status).to_owned()
    }

    pub fn waits_for(&self, stack: &str, status: &str) {
        let since = Instant::now();
        while self.status(stack) != status {
            assert!(since.elapsed() < PATIENCE, "`{stack}` is never in {status}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Gives a resource of a stack another property.
    pub fn changes(&self, stack: &str, resource: &str) {
        self.edits(stack, |template| template["Resources"][resource]["Properties"] = json!({"DelaySeconds": 5}));
    }

    pub fn edits(&self, stack: &str, edit: impl FnOnce(&mut Value)) {
        let file = self.folder.path().join(format!("purlin.out/{stack}.template.json"));
        let text = std::fs::read_to_string(&file).expect("the template just written");
        let mut template: Value = serde_json::from_str(&text).expect("it is JSON");
        edit(&mut template);
        std::fs::write(file, template.to_string()).expect("a file of ours");
    }

    pub fn forgets_the_assembly(&self) {
        std::fs::remove_dir_all(self.folder.path().join("purlin.out")).expect("a folder of ours");
    }

    /// Runs a command without a terminal, to its end.
    pub fn runs(&self, line: &str) -> Ended {
        self.begins(line).ends()
    }

    pub fn begins(&self, line: &str) -> Running {
        let mut command = self.command(env!("CARGO_BIN_EXE_purlin"));
        command.args(line.split_whitespace()).args(with_options(line));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Running(command.spawn().expect("cargo built it"))
    }

    pub fn on_a_terminal(&self, line: &str) -> Terminal {
        self.on_a_terminal_with(line, ("TERM", "xterm"))
    }

    pub fn on_a_terminal_with(&self, line: &str, (name, value): (&str, &str)) -> Terminal {
        let whole = format!("{} {line} {}", env!("CARGO_BIN_EXE_purlin"), with_options(line).join(" "));
        let mut command = self.command("script");
        command.env("TERM", "xterm").env(name, value).args([
            "--quiet",
            "--flush",
            "--return",
            "--command",
            &whole,
            "/dev/null",
        ]);
        Terminal::of(command)
    }

    /// The address of the simulator.
    pub fn url(&self) -> &str {
        &self.served.url
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        let ours = |name: &str| ["AWS_", "PURLIN_", "GITHUB_", "NO_COLOR"].iter().any(|it| name.starts_with(it));
        for (name, _) in std::env::vars().filter(|(name, _)| ours(name)) {
            command.env_remove(name);
        }
        command.current_dir(self.folder.path()).env("HOME", self.folder.path());
        command.env("AWS_ENDPOINT_URL", &self.served.url).env("AWS_REGION", "eu-west-1");
        command.env("AWS_ACCESS_KEY_ID", "simulated").env("AWS_SECRET_ACCESS_KEY", "simulated");
        command
    }
}

/// A simulation in real time, in a thread of its own.
fn served() -> (Arc<Served>, tokio::sync::oneshot::Sender<()>) {
    let (end, ended) = tokio::sync::oneshot::channel();
    let (send, served) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut world = World::new();
            world.durations.insert("*".to_owned(), SHORT);
            world.planning = SHORT;
            send.send(Arc::new(Served::new(world))).expect("the receiver is alive");
            let _ = ended.await;
        });
    });
    (served.recv().expect("the thread sends one"), end)
}

/// The simulation has CloudFormation only, so the checks before a deployment are skipped.
fn with_options(line: &str) -> &'static [&'static str] {
    if line.starts_with("deploy") { &["--no-preflight"] } else { &[] }
}

impl Running {
    pub fn ends(self) -> Ended {
        let output = self.0.wait_with_output().expect("it was started");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it prints text");
        Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Sends it SIGTERM.
    pub fn terminated(self) -> Ended {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("every Unix has it").success());
        self.ends()
    }
}

impl Terminal {
    /// A command of `script`.
    pub fn of(mut command: Command) -> Self {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = child.expect("`script` is there: apt-get install bsdutils");
        let seen = Arc::new(Mutex::new(String::new()));
        let (into, mut from) = (Arc::clone(&seen), child.stdout.take().expect("it is piped"));
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = from.read(&mut bytes) {
                into.lock()
                    .expect("code that holds this lock does not panic")
                    .push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        });
        Self { keys: child.stdin.take().expect("it is piped"), child, seen, read: 0 }
    }

    /// Waits until this is shown, after what was shown before.
    pub fn sees(&mut self, expected: &str) {
        let since = Instant::now();
        loop {
            let seen = self.seen.lock().expect("code that holds this lock does not panic").clone();
            if let Some(at) = seen[self.read..].find(expected) {
                self.read += at + expected.len();
                return;
            }
            assert!(since.elapsed() < PATIENCE, "`{expected}` is not shown after {:?}", &seen[self.read..]);
            thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn types(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).and_then(|()| self.keys.flush()).expect("the program reads its input");
    }

    pub fn ends(mut self) -> Ended {
        let since = Instant::now();
        let code = loop {
            match self.child.try_wait().expect("it was started") {
                Some(status) => break status.code(),
                None if since.elapsed() > PATIENCE => {
                    let _ = self.child.kill();
                    panic!(
                        "it does not end: {:?}",
                        self.seen.lock().expect("code that holds this lock does not panic")
                    );
                }
                None => thread::sleep(Duration::from_millis(20)),
            }
        };
        // The last output may not be read yet.
        thread::sleep(Duration::from_millis(100));
        let out = self.seen.lock().expect("code that holds this lock does not panic").clone();
        Ended { code, out, err: String::new() }
    }
}
