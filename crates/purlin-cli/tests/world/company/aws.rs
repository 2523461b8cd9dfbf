//! AWS behind TLS: roles and buckets are answered here, everything else by the simulator of CloudFormation.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::certificates::{Certificates, read};
use crate::http::{Request, head};

/// A user pool with a client for machines.
const POOL: [(&str, &str); 4] = [
    ("ListUserPoolClients", r#"{"UserPoolClients": [{"ClientId": "machine", "ClientName": "m"}]}"#),
    (
        "DescribeUserPoolClient",
        r#"{"UserPoolClient": {"ClientId": "machine", "ClientName": "m", "ClientSecret": "hush",
            "AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthFlowsUserPoolClient": true}}"#,
    ),
    ("DescribeUserPool", r#"{"UserPool": {"Id": "eu-west-1_AbCdEfGhI", "Name": "p", "Domain": "login"}}"#),
    ("DescribeUserPoolDomain", r#"{"DomainDescription": {"Status": "ACTIVE"}}"#),
];

pub struct Aws {
    pub url: String,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    keys: Vec<String>,
    assumed: Vec<BTreeMap<String, String>>,
    stored: String,
    jwks: String,
    /// Objects by path, with the checksum they were sent with.
    objects: BTreeMap<String, Option<String>>,
    /// The names of the calls so far; of S3 the methods and paths.
    calls: Vec<String>,
}

impl Aws {
    pub fn with_tls(simulator: &str, certificates: &Certificates) -> Self {
        let key = PrivateKeyDer::from_pem_slice(&read(&certificates.path("server.key"))).expect("a key");
        let certificate =
            CertificateDer::from_pem_slice(&read(&certificates.path("server.pem"))).expect("a certificate");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.expect("ring has them").with_no_client_auth().with_single_cert(vec![certificate], key);
        Self::new("https", simulator, Some(Arc::new(config.expect("the key is the certificate's"))))
    }

    pub fn plain(simulator: &str) -> Self {
        Self::new("http", simulator, None)
    }

    fn new(scheme: &str, simulator: &str, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port on loopback");
        let url = format!("{scheme}://{}", listener.local_addr().expect("a bound port"));
        let simulator = simulator.trim_start_matches("http://").to_owned();
        let seen = Arc::default();
        let shared = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (tls, simulator, seen) = (tls.clone(), simulator.clone(), Arc::clone(&shared));
                thread::spawn(move || match tls {
                    None => serve(stream, &simulator, &seen),
                    Some(config) => {
                        let connection = ServerConnection::new(config).expect("a whole configuration");
                        serve(StreamOwned::new(connection, stream), &simulator, &seen)
                    }
                });
            }
        });
        Self { url, seen }
    }

    /// The host and port.
    pub fn address(&self) -> &str {
        self.url.rsplit('/').next().unwrap_or_default()
    }

    /// The access keys of the requests so far.
    pub fn keys(&self) -> Vec<String> {
        self.seen.lock().expect("no panic while it is locked").keys.clone()
    }

    /// The fields of the calls that assumed roles.
    pub fn assumed(&self) -> Vec<BTreeMap<String, String>> {
        self.seen.lock().expect("no panic while it is locked").assumed.clone()
    }

    /// What was written into buckets.
    pub fn stored(&self) -> String {
        self.seen.lock().expect("no panic while it is locked").stored.clone()
    }

    /// Publishes the keys of the user pool.
    pub fn publishes(&self, jwks: String) {
        self.seen.lock().expect("no panic while it is locked").jwks = jwks;
    }

    /// The calls that change something, in order: `CreateChangeSet`, `PUT /bucket/key`.
    pub fn changes(&self) -> Vec<String> {
        let seen = self.seen.lock().expect("no panic while it is locked");
        let is_reading =
            |call: &&String| ["Describe", "Get", "GET", "HEAD", "List"].iter().any(|it| call.starts_with(it));
        seen.calls.iter().filter(|call| !is_reading(call)).cloned().collect()
    }

    /// An object of somebody else's making.
    pub fn has_object(&self, path: &str, checksum: Option<&str>) {
        let mut seen = self.seen.lock().expect("no panic while it is locked");
        seen.objects.insert(path.to_owned(), checksum.map(str::to_owned));
    }

    pub fn forget(&self) {
        *self.seen.lock().expect("no panic while it is locked") = Seen::default();
    }
}

/// Serves a connection until the client is gone.
fn serve(stream: impl Read + Write, simulator: &str, seen: &Mutex<Seen>) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut request, mut whole) = (Request::default(), String::new());
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line)? == 0 {
                return Ok(());
            }
            whole.push_str(&line);
            if request.read(&line) {
                break;
            }
        }
        let mut body = vec![0; request.length()];
        stream.read_exact(&mut body)?;
        request.body = String::from_utf8_lossy(&body).into_owned();
        let answer = match answer(&request, seen) {
            Some((status, body)) => {
                let checksum = checksum_of(&request, seen);
                let head = head(status, "text/xml", body.len());
                head.replacen("\r\n\r\n", &format!("\r\n{checksum}\r\n"), 1)
                    .into_bytes()
                    .into_iter()
                    .chain(body.into_bytes())
                    .collect()
            }
            None => forwarded(simulator, &[whole.as_bytes(), &body].concat())?,
        };
        stream.get_mut().write_all(&answer)?;
        stream.get_mut().flush()?;
    }
}

/// The simulator's answer to a request.
fn forwarded(simulator: &str, request: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(simulator)?;
    stream.write_all(request)?;
    let mut reader = BufReader::new(stream);
    let (mut answer, mut whole) = (Request::default(), String::new());
    while !whole.ends_with("\r\n\r\n") {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        answer.read(&line);
        whole.push_str(&line);
    }
    let mut body = vec![0; answer.length()];
    reader.read_exact(&mut body)?;
    Ok([whole.into_bytes(), body].concat())
}

fn answer(request: &Request, seen: &Mutex<Seen>) -> Option<(u16, String)> {
    let mut seen = seen.lock().expect("no panic while it is locked");
    let key = request.headers.get("authorization").and_then(|it| it.split("Credential=").nth(1)?.split('/').next());
    let key = key.unwrap_or_default().to_owned();
    seen.keys.push(key.clone());
    let method = request.line.split(' ').next().unwrap_or_default();
    let action = request.fields().get("Action").cloned();
    seen.calls.push(action.unwrap_or_else(|| format!("{method} {}", path_of(request))));
    if request.headers.get("x-amz-target").is_some_and(|target| target == "AmazonSSM.GetParameter") {
        let is_signed =
            request.headers.get("authorization").is_some_and(|it| it.contains("/eu-west-1/ssm/aws4_request"));
        let is_there = request.body.contains("\"/cdk-bootstrap/terraform/version\"") && is_signed;
        let found = r#"{"Parameter": {"Name": "n", "Type": "String", "Value": "21"}}"#;
        let (status, body) = if is_there { (200, found) } else { (400, r#"{"__type": "ParameterNotFound"}"#) };
        return Some((status, body.to_owned()));
    }
    let target = request.headers.get("x-amz-target").and_then(|target| target.rsplit('.').next());
    if let Some((_, answer)) = POOL.iter().find(|(operation, _)| Some(*operation) == target) {
        return Some((200, (*answer).to_owned()));
    }
    if request.line.starts_with("POST /oauth2/token ") {
        return Some((200, r#"{"access_token": "a.token", "token_type": "Bearer", "expires_in": 3600}"#.to_owned()));
    }
    if request.line.starts_with("GET /eu-west-1_AbCdEfGhI/.well-known/jwks.json ") {
        return Some((200, seen.jwks.clone()));
    }
    if request.line.starts_with("GET /prod/ ") {
        return Some((200, "the orders".to_owned()));
    }
    let fields = request.fields();
    if fields.get("Action").is_some_and(|action| action == "ListExports") {
        return Some((200, "<ListExportsResponse><ListExportsResult/></ListExportsResponse>".to_owned()));
    }
    if fields.get("Action").is_some_and(|action| action == "AssumeRole") {
        let role = fields.get("RoleArn").and_then(|arn| arn.rsplit('/').next()).unwrap_or_default();
        let keys = format!(
            "<AccessKeyId>{role}-by-{key}</AccessKeyId><SecretAccessKey>hush</SecretAccessKey>\
             <SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>"
        );
        seen.assumed.push(fields);
        let inside = format!("<AssumeRoleResult><Credentials>{keys}</Credentials></AssumeRoleResult>");
        return Some((200, format!("<AssumeRoleResponse>{inside}</AssumeRoleResponse>")));
    }
    match request.line.split(' ').next()? {
        "PUT" => {
            seen.stored.push_str(&request.body);
            let checksum = request.headers.get("x-amz-checksum-sha256").cloned();
            seen.objects.insert(path_of(request), checksum);
            Some((200, String::new()))
        }
        "GET" if request.line.contains("list-type") => {
            let prefix =
                request.line.split(['?', '&', ' ']).find_map(|it| it.strip_prefix("prefix=")).unwrap_or_default();
            let bucket = path_of(request).trim_end_matches('/').to_owned();
            let key = seen.objects.contains_key(&format!("{bucket}/{prefix}")).then_some(prefix);
            let key = key.map(|key| format!("<Contents><Key>{key}</Key><Size>99</Size></Contents>"));
            Some((200, format!("<ListBucketResult>{}</ListBucketResult>", key.unwrap_or_default())))
        }
        "HEAD" if seen.objects.contains_key(&path_of(request)) => Some((200, String::new())),
        "GET" | "HEAD" => Some((404, "<Error><Code>NotFound</Code><Message>no</Message></Error>".to_owned())),
        _ => None,
    }
}

/// Without the query.
fn path_of(request: &Request) -> String {
    request.line.split(' ').nth(1).and_then(|path| path.split('?').next()).unwrap_or_default().to_owned()
}

/// The header line by which S3 shows an object's checksum.
fn checksum_of(request: &Request, seen: &Mutex<Seen>) -> String {
    let seen = seen.lock().expect("no panic while it is locked");
    let found = seen.objects.get(&path_of(request)).filter(|_| request.line.starts_with("HEAD "));
    found.and_then(Option::as_ref).map(|it| format!("x-amz-checksum-sha256: {it}\r\n")).unwrap_or_default()
}
