//! Every status of CloudFormation's, and what a deployment and a deletion make of it.

use purlin_deploy::{DeployError, DeployOptions, Destroyed, IfBusy, OnFailure};

use crate::fixture::{Fixture, options};
use crate::setup::{STATUSES, queues};
use crate::world::World;

/// A status, then what becomes of a deployment, of one with `--wait`, of one with `--no-rollback`, and of a deletion.
type Row = (&'static str, [&'static str; 4]);

// The status of the stack afterwards, and the result. `@` is the status before.
const CREATED: &str = "CREATE_COMPLETE: Created";
const UPDATED: &str = "UPDATE_COMPLETE: Updated";
const GONE: &str = "DELETE_COMPLETE: gone";
const NOT_THERE: &str = "DELETE_COMPLETE: not there";
const BUSY: &str = "@: is busy: it is in `@`";
const UNDELETED: &str = "@: cannot be deployed as it is in `@`: The following resource(s) failed to delete: [A].";
const KEPT: &str = "@: cannot be deployed as it is in `@`: The following resource(s) failed to update: [C].";
const ROLLBACK_FAILED: &str = "@: cannot be deployed as it is in `@`: The following resource(s) failed to update: [A].";
const IMPORT_FAILED: &str = "@: cannot be deployed as it is in `@`: The following resource(s) failed to update: [I].";
const THEIRS: &str = "@: cannot be deployed as it is in `@`: change sets of others wait in it: `theirs`";

const TABLE: [Row; 23] = [
    ("CREATE_IN_PROGRESS", [BUSY, UPDATED, BUSY, BUSY]),
    ("CREATE_FAILED", [CREATED, CREATED, UPDATED, GONE]),
    ("CREATE_COMPLETE", [UPDATED, UPDATED, UPDATED, GONE]),
    ("ROLLBACK_IN_PROGRESS", [BUSY, CREATED, BUSY, BUSY]),
    ("ROLLBACK_FAILED", [CREATED, CREATED, CREATED, GONE]),
    ("ROLLBACK_COMPLETE", [CREATED, CREATED, CREATED, GONE]),
    ("DELETE_IN_PROGRESS", [CREATED, CREATED, CREATED, GONE]),
    ("DELETE_FAILED", [UNDELETED, UNDELETED, UNDELETED, GONE]),
    ("DELETE_COMPLETE", [CREATED, CREATED, CREATED, NOT_THERE]),
    ("UPDATE_IN_PROGRESS", [BUSY, UPDATED, BUSY, BUSY]),
    ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", [BUSY, UPDATED, BUSY, BUSY]),
    ("UPDATE_COMPLETE", [UPDATED, UPDATED, UPDATED, GONE]),
    ("UPDATE_FAILED", [KEPT, KEPT, UPDATED, GONE]),
    ("UPDATE_ROLLBACK_IN_PROGRESS", [BUSY, UPDATED, BUSY, BUSY]),
    ("UPDATE_ROLLBACK_FAILED", [ROLLBACK_FAILED, ROLLBACK_FAILED, ROLLBACK_FAILED, GONE]),
    ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", [BUSY, UPDATED, BUSY, BUSY]),
    ("UPDATE_ROLLBACK_COMPLETE", [UPDATED, UPDATED, UPDATED, GONE]),
    ("REVIEW_IN_PROGRESS", [CREATED, CREATED, CREATED, THEIRS]),
    ("IMPORT_IN_PROGRESS", [BUSY, UPDATED, BUSY, BUSY]),
    ("IMPORT_COMPLETE", [UPDATED, UPDATED, UPDATED, GONE]),
    ("IMPORT_ROLLBACK_IN_PROGRESS", [BUSY, UPDATED, BUSY, BUSY]),
    ("IMPORT_ROLLBACK_FAILED", [IMPORT_FAILED, IMPORT_FAILED, IMPORT_FAILED, GONE]),
    ("IMPORT_ROLLBACK_COMPLETE", [UPDATED, UPDATED, UPDATED, GONE]),
];

#[tokio::test(start_paused = true)]
async fn every_status_ends_as_documented() {
    let named: Vec<&str> = TABLE.iter().map(|(status, _)| *status).collect();
    assert_eq!(named, STATUSES);
    let mut wrong = Vec::new();
    for (status, expected) in TABLE {
        let waits = DeployOptions { if_busy: IfBusy::Wait, ..options() };
        let keeps = DeployOptions { on_failure: OnFailure::Keep, ..options() };
        let found = [
            deploy(status, &options()).await,
            deploy(status, &waits).await,
            deploy(status, &keeps).await,
            destroy(status).await,
        ];
        if found != expected.map(|said| said.replace('@', status)) {
            wrong.push(format!("{status}: {found:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn fixture(status: &str) -> Fixture {
    let mut world = World::new();
    world.bring_into(status);
    Fixture::of(world)
}

async fn deploy(status: &str, options: &DeployOptions) -> String {
    let fixture = fixture(status);
    let result = fixture.deploy_with(&queues(&["A", "B", "D"]), options).await;
    told(&fixture, result.map(|deployed| format!("{:?}", deployed.outcome)))
}

async fn destroy(status: &str) -> String {
    let fixture = fixture(status);
    let result = fixture.destroy().await;
    told(
        &fixture,
        result.map(|destroyed| if destroyed == Destroyed::NotThere { "not there" } else { "gone" }.to_owned()),
    )
}

fn told(fixture: &Fixture, result: Result<String, DeployError>) -> String {
    let (status, left) = fixture.left();
    // Change sets of other users are not deleted.
    let left: Vec<_> = left.iter().filter(|it| !it.contains("theirs") && !it.contains("shell")).collect();
    assert!(left.is_empty(), "{left:?}");
    let said = result.unwrap_or_else(|error| {
        assert!(error.hint().is_some(), "`{error}` does not say what to do");
        error.to_string().replace("stack `Web` ", "")
    });
    // The time is the machine's.
    let said = said.split_once(", since ").map_or(said.as_str(), |(before, _)| before);
    format!("{status}: {said}")
}
