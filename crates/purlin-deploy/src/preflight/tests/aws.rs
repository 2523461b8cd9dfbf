//! A server on loopback that answers for Route 53, ACM, Cognito, load balancers, ECR and CloudFormation.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What is answered, by operation, or by path for Route 53.
pub type Answers = BTreeMap<&'static str, Answer>;

#[derive(Clone, Debug)]
pub enum Answer {
    Body(String),
    /// An error of this code.
    Refused(&'static str),
}

pub struct Aws {
    pub url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Aws {
    pub fn answering(answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::default();
        let shared = Arc::clone(&asked);
        let answers = Arc::new(answers);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answers, asked) = (Arc::clone(&answers), Arc::clone(&shared));
                thread::spawn(move || while serve(&stream, &answers, &asked).is_some() {});
            }
        });
        Self { url, asked }
    }

    /// The names of what was asked.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(stream: &TcpStream, answers: &Answers, asked: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let (mut length, mut target) = (0, None);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "x-amz-target" => target = value.trim().rsplit('.').next().map(str::to_owned),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8_lossy(&body).into_owned();
    let action = body.split('&').find_map(|pair| pair.strip_prefix("Action=")).map(str::to_owned);
    let is_json = target.is_some();
    let name = target.or(action).unwrap_or_else(|| path(&line));
    asked.lock().unwrap().push(name.clone());
    let (status, body) = match answers.get(name.as_str()) {
        Some(Answer::Body(body)) => (200, body.clone()),
        Some(Answer::Refused(code)) => (400, error(code, is_json)),
        None => (400, error("UnknownOperationException", is_json)),
    };
    let kind = if is_json { "application/x-amz-json-1.1" } else { "text/xml" };
    let head = format!("HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len());
    let mut stream = stream;
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body.as_bytes()).ok()
}

/// `hostedzone/Z1` of `GET /2013-04-01/hostedzone/Z1?x HTTP/1.1`.
fn path(line: &str) -> String {
    let path = line.split([' ', '?']).nth(1).unwrap_or_default();
    path.trim_start_matches("/2013-04-01/").to_owned()
}

fn error(code: &str, is_json: bool) -> String {
    if is_json {
        format!("{{\"__type\": \"{code}\", \"message\": \"told so\"}}")
    } else {
        format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>told so</Message></Error>\
             <RequestId>1</RequestId></ErrorResponse>"
        )
    }
}

/// An answer of a service that speaks in forms.
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

/// An answer in JSON.
pub fn json(body: &serde_json::Value) -> Answer {
    Answer::Body(body.to_string())
}
