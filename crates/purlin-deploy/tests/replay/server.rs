//! A server on loopback with scripted answers, which records the calls.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::http::Request;
use crate::http_server::{Reply, operation, serve};

/// An answer of AWS's.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

/// A call as it arrived.
#[derive(Clone, Debug)]
pub struct Call {
    pub action: String,
    pub fields: BTreeMap<String, String>,
}

struct State {
    answers: BTreeMap<&'static str, Vec<Answer>>,
    calls: Vec<Call>,
}

/// Lives as long as the test's process: a thread that waits for connections.
pub struct Server {
    url: String,
    state: Arc<Mutex<State>>,
}

impl Server {
    pub fn start(answers: BTreeMap<&'static str, Vec<Answer>>) -> Self {
        let state = Arc::new(Mutex::new(State { answers, calls: Vec::new() }));
        let shared = Arc::clone(&state);
        let url = serve(move |request| {
            let Answer { status, body } = answer(request, &shared);
            Reply { status, body }
        });
        Self { url, state }
    }

    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// The names of the calls that change something, in order.
    pub fn changes(&self) -> Vec<String> {
        let is_reading =
            |action: &str| ["Describe", "Get", "GET", "List"].iter().any(|start| action.starts_with(start));
        let state = self.state.lock().expect("the server does not panic");
        state.calls.iter().map(|call| call.action.clone()).filter(|action| !is_reading(action)).collect()
    }

    /// The last call of a name.
    pub fn call(&self, action: &str) -> Call {
        let state = self.state.lock().expect("the server does not panic");
        let call = state.calls.iter().rev().find(|call| call.action == action);
        call.unwrap_or_else(|| panic!("`{action}` was never called")).clone()
    }

    /// The calls of a name, in order.
    pub fn calls(&self, action: &str) -> Vec<Call> {
        let state = self.state.lock().expect("the server does not panic");
        state.calls.iter().filter(|call| call.action == action).cloned().collect()
    }

    /// How often a call was made.
    pub fn count(&self, action: &str) -> usize {
        let state = self.state.lock().expect("the server does not panic");
        state.calls.iter().filter(|call| call.action == action).count()
    }
}

/// CloudFormation's and STS's calls are forms. S3's are named by their method, such as `PUT object`.
fn answer(request: &Request, state: &Mutex<State>) -> Answer {
    let mut fields = request.fields();
    let action = operation(request).unwrap_or_else(|| {
        let (method, rest) = request.line.split_once(' ').unwrap_or_default();
        let path = rest.split([' ', '?']).next().unwrap_or_default();
        fields = BTreeMap::from([("path".to_owned(), path.to_owned()), ("body".to_owned(), request.body.clone())]);
        format!("{method} {}", if path.trim_matches('/').contains('/') { "object" } else { "bucket" })
    });
    let mut state = state.lock().expect("the server does not panic");
    state.calls.push(Call { action: action.clone(), fields });
    let mut answer = scripted(&mut state, &action);
    // The name of a change set is known when it is created.
    let own = state.calls.iter().find_map(|call| call.fields.get("ChangeSetName"));
    if let Some(own) = own {
        answer.body = answer.body.replace(crate::answers::OURS, own);
    }
    answer
}

fn scripted(state: &mut State, action: &str) -> Answer {
    match state.answers.get_mut(action) {
        Some(answers) if answers.len() > 1 => answers.remove(0),
        Some(answers) => answers[0].clone(),
        None => crate::answers::error(400, "NotRecorded", &format!("the test has no answer to {action}")),
    }
}
