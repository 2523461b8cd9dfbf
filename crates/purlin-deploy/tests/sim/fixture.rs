//! A deployment in a simulated world: an assembly, a session, and the events.

use std::collections::BTreeMap;
use std::sync::Mutex;

use purlin_assembly::{Artifact, Assembly, CloudAssembly, Environment, StackProperties};
use purlin_deploy::{Connection, DeployError, DeployOptions, Deployed, DestroyOptions, Destroyed, Event, Session};
use serde_json::Value;
use tempfile::TempDir;

use crate::server::Served;
use crate::world::World;

pub struct Fixture {
    pub served: Served,
    pub heard: Mutex<Vec<(String, Event)>>,
}

/// An assembly in a folder that lasts as long.
pub struct Written {
    pub assembly: Assembly,
    _folder: TempDir,
}

impl Fixture {
    pub fn of(world: World) -> Self {
        Self { served: Served::new(world), heard: Mutex::new(Vec::new()) }
    }

    /// A world in which nothing goes wrong.
    pub fn fair() -> Self {
        Self::of(World::new())
    }

    pub async fn session(&self) -> Session {
        let connection = Connection::Local { endpoint: self.served.url.clone(), region: "eu-west-1".into() };
        let session = Session::connect(&connection).await.expect("the simulator says who we are");
        // As against AWS: the runtime's time is simulated.
        session.with_wait_factor(1.0)
    }

    pub async fn deploy(&self, template: &Value) -> Result<Deployed, DeployError> {
        self.deploy_with(template, &options()).await
    }

    pub async fn deploy_with(&self, template: &Value, options: &DeployOptions) -> Result<Deployed, DeployError> {
        let written = written(template);
        let session = self.session().await;
        let observer = |stack: &str, event: Event| self.record(stack, event);
        Box::pin(session.deploy(&written.assembly.stacks()[0], options, &observer)).await
    }

    pub async fn destroy(&self) -> Result<Destroyed, DeployError> {
        let written = written(&serde_json::json!({"Resources": {}}));
        let session = self.session().await;
        let observer = |stack: &str, event: Event| self.record(stack, event);
        Box::pin(session.destroy(&written.assembly.stacks()[0], &DestroyOptions::default(), &observer)).await
    }

    fn record(&self, stack: &str, event: Event) {
        self.heard.lock().expect("no world panics").push((stack.to_owned(), event));
    }

    /// The events of the stack, as they were received.
    pub fn log(&self) -> String {
        let heard = self.heard.lock().expect("no world panics");
        let line = |(_, event): &(String, Event)| match event {
            Event::Progress { event, .. } => format!("\n{} {} {}", event.at, event.logical_id, event.status),
            other => format!("\n{other:?}"),
        };
        heard.iter().map(line).collect()
    }

    /// The status of the newest stack `Web`, and what was not cleaned up.
    pub fn left(&self) -> (String, Vec<String>) {
        let world = self.served.world();
        let status = world.newest("Web").map_or("absent", |stack| &stack.status).to_owned();
        (status, world.leftovers())
    }
}

/// No look at an account that has nothing but CloudFormation.
pub fn options() -> DeployOptions {
    DeployOptions { no_preflight: true, ..DeployOptions::default() }
}

/// An assembly with the stack `Web`.
pub fn written(template: &Value) -> Written {
    stacks(&BTreeMap::from([("Web", (template.clone(), Vec::new()))]))
}

/// An assembly of stacks by name: template, and the names of those it needs.
pub fn stacks(all: &BTreeMap<&str, (Value, Vec<&str>)>) -> Written {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let mut out = CloudAssembly::new();
    for (name, (template, needs)) in all {
        let file = format!("{name}.template.json");
        out.json(&file, template);
        let artifact = Artifact::of_stack(&Environment::agnostic(), &StackProperties::new(file));
        let artifact = needs.iter().fold(artifact, |artifact, needed| artifact.after(*needed));
        out.artifact(*name, artifact);
    }
    out.write(folder.path()).expect("an empty folder");
    Written { assembly: Assembly::read(folder.path()).expect("the assembly just written"), _folder: folder }
}
