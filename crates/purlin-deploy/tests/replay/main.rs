//! Replays AWS's answers through the real SDK: whole deployments, down to the calls they make.
//!
//! The answers are of our own making, in the shape the API reference gives them.

mod answers;
mod assets;
mod deploy;
mod destroy;
mod evidence;
#[path = "../http/mod.rs"]
mod http;
#[path = "../http/server.rs"]
mod http_server;
mod operations;
mod preflight;
mod recorded;
mod server;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use purlin_assembly::{Artifact, Assembly, CloudAssembly, Environment, MetadataEntry, StackProperties};
use purlin_deploy::{Connection, Event, Session};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::server::{Answer, Server};

/// A deployment's surroundings: the answers, and an assembly with one stack, `Web`.
struct Fixture {
    server: Server,
    _folder: TempDir,
    assembly: Assembly,
    recorded_events: Mutex<Vec<Event>>,
}

impl Fixture {
    /// Answers by call, each used once, the last for all that follow.
    fn of(answers: &[(&'static str, Vec<Answer>)]) -> Self {
        Self::with(answers, &template(), StackProperties::default())
    }

    fn with(answers: &[(&'static str, Vec<Answer>)], template: &Value, properties: StackProperties) -> Self {
        Self::written(answers, |folder| write(folder, template, properties))
    }

    /// With an assembly that the test writes itself.
    fn written(answers: &[(&'static str, Vec<Answer>)], write: impl FnOnce(&Path)) -> Self {
        let mut all: BTreeMap<&'static str, Vec<Answer>> = answers.iter().cloned().collect();
        all.entry("GetCallerIdentity").or_insert_with(|| vec![answers::identity()]);
        let folder = tempfile::tempdir().expect("a folder for the test");
        write(folder.path());
        Self {
            server: Server::start(all),
            assembly: Assembly::read(folder.path()).expect("the assembly just written"),
            _folder: folder,
            recorded_events: Mutex::new(Vec::new()),
        }
    }

    async fn session(&self) -> Session {
        let connection = Connection::Local { endpoint: self.server.url(), region: "eu-west-1".into() };
        Session::connect(&connection).await.expect("the identity is recorded").with_wait_factor(0.005)
    }

    fn stack(&self) -> &purlin_assembly::Stack {
        &self.assembly.stacks()[0]
    }

    fn record(&self, event: Event) {
        self.recorded_events.lock().expect("one test, one thread").push(event);
    }

    /// `LOGICAL_ID STATUS` of every event.
    fn event_lines(&self) -> Vec<String> {
        let recorded_events = self.recorded_events.lock().expect("one test, one thread");
        let told = recorded_events.iter().filter_map(|event| match event {
            Event::Progress { event, .. } => Some(format!("{} {}", event.logical_id, event.status)),
            _ => None,
        });
        told.collect()
    }
}

fn write(folder: &Path, template: &Value, properties: StackProperties) {
    let properties = StackProperties { template_file: "Web.template.json".into(), ..properties };
    let mut out = CloudAssembly::new();
    out.json("Web.template.json", template);
    let stack = Artifact::of_stack(&Environment::agnostic(), &properties);
    let entry = MetadataEntry::new(MetadataEntry::LOGICAL_ID, "Jobs").at("src/main.rs:12:9");
    out.artifact("Web", stack.with_metadata("/Web/Jobs", entry));
    out.write(folder).expect("an empty folder");
}

fn template() -> Value {
    json!({"Resources": {
        "Jobs": {"Type": "AWS::SQS::Queue", "Metadata": {"aws:cdk:path": "Web/Jobs/Resource"}},
        "Mail": {"Type": "AWS::SQS::Queue"},
    }})
}
