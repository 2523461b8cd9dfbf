//! A server on loopback with the responses of a function; it counts the calls.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::http::Request;
use crate::http_server::{Reply, operation, serve};

/// A call: its JSON body, or its form as an object, else null.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Such as `DescribeServices`, or `GET /2013-04-01/hostedzone/Z1`.
    pub(crate) action: String,
    pub(crate) body: Value,
    /// Number of earlier calls.
    pub(crate) before: usize,
}

pub(crate) struct Answer {
    status: u16,
    body: String,
}

impl Answer {
    pub(crate) fn json(body: &Value) -> Self {
        Self { status: 200, body: body.to_string() }
    }

    pub(crate) fn xml(body: &str) -> Self {
        Self { status: 200, body: body.to_owned() }
    }

    pub(crate) fn refused(code: &str) -> Self {
        Self { status: 400, body: format!(r#"{{"__type": "{code}", "message": "not allowed"}}"#) }
    }
}

/// It runs until the test's process ends.
pub(crate) struct Server {
    url: String,
    counts: Counts,
}

type Counts = Arc<Mutex<BTreeMap<String, usize>>>;

impl Server {
    pub(crate) fn start(script: impl Fn(&Call) -> Answer + Send + Sync + 'static) -> Self {
        let counts = Counts::default();
        let shared = Arc::clone(&counts);
        let url = serve(move |request| {
            let call = call(request, &shared);
            let Answer { status, body } = match call.action.as_str() {
                "GetCallerIdentity" => Answer::xml(
                    "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>000000000000</Account>\
                     <Arn>arn:aws:iam::000000000000:root</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>",
                ),
                _ => script(&call),
            };
            Reply { status, body }
        });
        Self { url, counts }
    }

    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    /// Number of calls of an action.
    pub(crate) fn count(&self, action: &str) -> usize {
        self.counts.lock().expect("the server does not panic").get(action).copied().unwrap_or_default()
    }
}

fn call(request: &Request, counts: &Counts) -> Call {
    let is_json = request.headers.contains_key("x-amz-target");
    let form = || request.fields().into_iter().map(|(key, value)| (key, Value::from(value))).collect();
    let body: Value = if is_json { serde_json::from_str(&request.body).unwrap_or_default() } else { form() };
    let path = || request.line.rsplit_once(' ').map_or(&*request.line, |(start, _)| start).to_owned();
    let action = operation(request).unwrap_or_else(path);
    let mut counts = counts.lock().expect("the server does not panic");
    let count = counts.entry(action.clone()).or_default();
    *count += 1;
    Call { action, body, before: *count - 1 }
}
