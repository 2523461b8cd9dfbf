//! Tests the followers with servers on loopback for AWS and the DNS. The responses are written for the tests, in the form
//! of the API references.

mod certificates;
mod deployments;
pub(crate) mod names;
pub(crate) mod server;
mod services;

use std::time::Duration;

use purlin_diagnosis::StackEvent;
use serde_json::Value;
use tokio::time::timeout;

use self::server::{Answer, Call, Server};
use super::{Followers, Update};
use crate::options::FailFast;
use crate::session::{Connection, Session};

/// The stack of all tests.
const STACK: &str = "arn:aws:cloudformation:eu-west-1:000000000000:stack/Web/1";

pub(crate) async fn session(server: &Server) -> Session {
    let connection = Connection::Local { endpoint: server.url(), region: "eu-west-1".into() };
    Session::connect(&connection).await.expect("the server answers `GetCallerIdentity`")
}

async fn followers(server: &Server, template: &Value, limits: FailFast) -> Followers {
    Followers::new(&session(server).await, template, limits)
}

fn event(id: &str, kind: &str, physical: &str, status: &str) -> StackEvent {
    StackEvent {
        stack_id: STACK.into(),
        logical_id: id.into(),
        physical_id: Some(physical.into()),
        resource_type: kind.into(),
        status: status.into(),
        ..StackEvent::default()
    }
}

/// The updates up to the first that matches.
async fn until(followers: &mut Followers, is_it: impl Fn(&Update) -> bool) -> Vec<Update> {
    let mut updates = Vec::new();
    let listen = async {
        loop {
            let update = followers.next_update().await;
            let done = is_it(&update);
            updates.push(update);
            if done {
                return;
            }
        }
    };
    let result = timeout(Duration::from_secs(20), listen).await;
    assert!(result.is_ok(), "the update did not come, only these: {updates:#?}");
    updates
}

/// Whether there is no update for a while.
async fn is_quiet(followers: &mut Followers) -> bool {
    timeout(Duration::from_millis(1500), followers.next_update()).await.is_err()
}

fn texts(updates: &[Update]) -> String {
    let texts: Vec<&str> = updates.iter().map(|it| it.text.as_str()).collect();
    texts.join("\n")
}
