//! A server on loopback with canned responses of Route 53, ACM, Cognito, load balancers, ECR and CloudFormation.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::http::Request;
use crate::http_server::{Reply, operation, serve};

/// The responses by operation, or by path for Route 53.
pub type Answers = BTreeMap<&'static str, Answer>;

#[derive(Clone, Debug)]
pub enum Answer {
    Body(String),
    /// An error with this code.
    Refused(&'static str),
}

pub struct Aws {
    pub url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Aws {
    pub fn answering(answers: Answers) -> Self {
        let requests = Arc::default();
        let shared: Arc<Mutex<Vec<String>>> = Arc::clone(&requests);
        let url = serve(move |request| {
            let name = operation(request).unwrap_or_else(|| path(&request.line));
            shared.lock().unwrap().push(name.clone());
            reply(request, answers.get(name.as_str()))
        });
        Self { url, requests }
    }

    /// The names of the requests.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn reply(request: &Request, answer: Option<&Answer>) -> Reply {
    let is_json = request.headers.contains_key("x-amz-target");
    match answer {
        Some(Answer::Body(body)) => Reply { status: 200, body: body.clone() },
        Some(Answer::Refused(code)) => Reply { status: 400, body: error(code, is_json) },
        None => Reply { status: 400, body: error("UnknownOperationException", is_json) },
    }
}

/// `hostedzone/Z1` of `GET /2013-04-01/hostedzone/Z1?x HTTP/1.1`.
fn path(line: &str) -> String {
    let path = line.split([' ', '?']).nth(1).unwrap_or_default();
    path.trim_start_matches("/2013-04-01/").to_owned()
}

fn error(code: &str, is_json: bool) -> String {
    if is_json {
        format!("{{\"__type\": \"{code}\", \"message\": \"refused\"}}")
    } else {
        format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>refused</Message></Error>\
             <RequestId>1</RequestId></ErrorResponse>"
        )
    }
}

/// A response of the query protocol.
pub fn form(action: &str, body: &str) -> Answer {
    Answer::Body(format!(
        "<{action}Response><{action}Result>{body}</{action}Result>\
         <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{action}Response>"
    ))
}

/// A hosted zone, as Route 53 describes it.
pub fn zone(name: &str, is_private: bool, servers: &[&str]) -> Answer {
    let servers: String = servers.iter().map(|it| ["<NameServer>", it, "</NameServer>"].concat()).collect();
    Answer::Body(format!(
        "<GetHostedZoneResponse><HostedZone><Id>/hostedzone/Z1</Id><Name>{name}.</Name><CallerReference>1</CallerReference>\
         <Config><PrivateZone>{is_private}</PrivateZone></Config></HostedZone>\
         <DelegationSet><NameServers>{servers}</NameServers></DelegationSet></GetHostedZoneResponse>"
    ))
}

/// The records of a zone: name and type.
pub fn records(all: &[(&str, &str)]) -> Answer {
    let record = |(name, kind): &(&str, &str)| {
        format!("<ResourceRecordSet><Name>{name}</Name><Type>{kind}</Type></ResourceRecordSet>")
    };
    let all: String = all.iter().map(record).collect();
    Answer::Body(format!(
        "<ListResourceRecordSetsResponse><ResourceRecordSets>{all}</ResourceRecordSets>\
         <IsTruncated>false</IsTruncated><MaxItems>50</MaxItems></ListResourceRecordSetsResponse>"
    ))
}

/// A JSON response.
pub fn json(body: &serde_json::Value) -> Answer {
    Answer::Body(body.to_string())
}
