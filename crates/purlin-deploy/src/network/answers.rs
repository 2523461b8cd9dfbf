//! Sends requests, and passes on only what can be an answer of AWS: whole, in time, of a bearable size, and in AWS's form.
//! Every failure names the host, and the proxy on the way.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_cloudformation::config::http::{HttpRequest, HttpResponse};
use aws_sdk_cloudformation::config::{HttpClient, RuntimeComponents};
use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::retries::ErrorKind;
use tokio::time::timeout;

use super::form::{self, Flaw};
use super::proxy::Proxies;
use crate::aws::innermost;

/// How long a connection is waited for.
pub(super) const TO_CONNECT: Duration = Duration::from_secs(10);
/// How long an answer is waited for, from the request's end to the answer's.
pub(super) const TO_ANSWER: Duration = Duration::from_secs(20);
/// The slowest upload that is waited for, in bytes per second.
const SLOWEST: u64 = 64 * 1024;
/// The largest answer, in bytes. AWS's largest are pages of logs and templates, of a megabyte each.
const LARGEST: usize = 32 << 20;

/// The HTTP client of a session. Clones share connections.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    direct: SharedHttpConnector,
    indirect: Option<SharedHttpConnector>,
    proxies: Arc<Proxies>,
    /// From the beginning of a request to the end of its answer, without the time of an upload.
    patience: Duration,
}

impl Client {
    pub(super) fn new(direct: SharedHttpConnector, indirect: Option<SharedHttpConnector>, proxies: Proxies) -> Self {
        Self { direct, indirect, proxies: Arc::new(proxies), patience: TO_CONNECT + TO_ANSWER }
    }

    /// Sends a request and reads its answer.
    pub(super) async fn send(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let host = host(request.uri());
        let kind = request.headers().get("content-type").map(str::to_owned).unwrap_or_default();
        let size = request.body().content_length().unwrap_or_default();
        let time = self.patience + Duration::from_secs(size / SLOWEST);
        let proxy = self.proxies.of_request(&request);
        let connector = self.indirect.as_ref().filter(|_| proxy.is_some()).unwrap_or(&self.direct);
        let exchange = async {
            let mut answer = connector.call(request).await?;
            let body = whole(std::mem::replace(answer.body_mut(), SdkBody::taken())).await?;
            form::check(answer.status().as_u16(), &kind, &body).map_err(flaw)?;
            *answer.body_mut() = SdkBody::from(body);
            Ok(answer)
        };
        let failed = |kind, reason: &dyn fmt::Display| {
            let on_the_way = proxy.as_ref().map(|proxy| format!(" (through the proxy `{proxy}`)")).unwrap_or_default();
            failure(kind, format!("`{host}`{on_the_way}: {reason}"))
        };
        match timeout(time, exchange).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(failed(Kind::of(&error), &reason(&error))),
            Err(_) => Err(failed(Kind::Timeout, &format!("no whole answer within {} s", time.as_secs()))),
        }
    }
}

impl HttpClient for Client {
    fn http_connector(&self, settings: &HttpConnectorSettings, _components: &RuntimeComponents) -> SharedHttpConnector {
        let connect = settings.connect_timeout().unwrap_or(TO_CONNECT);
        let patience = connect + settings.read_timeout().unwrap_or(TO_ANSWER);
        SharedHttpConnector::new(Self { patience, ..self.clone() })
    }
}

impl HttpConnector for Client {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().send(request))
    }
}

/// How a failure is treated: asked again or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Timeout,
    Io,
    /// Begun, but not whole.
    Cut,
    /// Whole, but of another server than AWS's.
    NotAws,
    Other,
}

impl Kind {
    fn of(error: &ConnectorError) -> Self {
        match failed(error).map(|it| it.kind) {
            Some(kind) => kind,
            None if error.is_timeout() => Self::Timeout,
            None if error.is_io() || error.as_other() == Some(ErrorKind::TransientError) => Self::Io,
            None => Self::Other,
        }
    }
}

/// Why there is no answer, with nothing behind it: the message is all there is to say.
#[derive(Debug)]
struct Failed {
    kind: Kind,
    message: String,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Failed {}

fn failure(kind: Kind, message: String) -> ConnectorError {
    let error = Box::new(Failed { kind, message });
    match kind {
        Kind::Timeout => ConnectorError::timeout(error),
        Kind::Io => ConnectorError::io(error),
        Kind::Cut => ConnectorError::other(error, Some(ErrorKind::TransientError)),
        Kind::NotAws | Kind::Other => ConnectorError::other(error, None),
    }
}

fn flaw(flaw: Flaw) -> ConnectorError {
    match flaw {
        Flaw::NotAws(message) => failure(Kind::NotAws, message),
        Flaw::Cut => failure(Kind::Cut, "the answer was cut short".to_owned()),
    }
}

fn failed<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Failed> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// Whether something else than AWS answered.
pub(crate) fn not_aws(error: &(dyn Error + 'static)) -> bool {
    failed(error).is_some_and(|it| it.kind == Kind::NotAws)
}

/// The last layer of an error says what happened; a proxy's refusals need more words.
fn reason(error: &ConnectorError) -> String {
    match innermost(error).as_str() {
        "tunnel error: unsuccessful" => "the proxy refuses to connect to it".to_owned(),
        "tunnel error: proxy authorization required" => {
            "the proxy wants a user and a password (`http://USER:PASSWORD@HOST:PORT`)".to_owned()
        }
        other => other.to_owned(),
    }
}

/// The host and port of an address.
fn host(uri: &str) -> String {
    let found = uri.parse().ok().and_then(|uri: http::Uri| Some(uri.authority()?.as_str().to_owned()));
    found.map_or_else(|| "?".to_owned(), |it| it.rsplit('@').next().unwrap_or_default().to_owned())
}

async fn whole(body: SdkBody) -> Result<Vec<u8>, ConnectorError> {
    let mut body = ByteStream::new(body);
    let mut bytes = Vec::new();
    while let Some(some) = body.next().await {
        let some = some.map_err(|error| failure(Kind::Io, format!("the answer broke off: {}", innermost(&error))))?;
        if bytes.len() + some.len() > LARGEST {
            return Err(failure(Kind::NotAws, format!("the answer has more than {LARGEST} bytes")));
        }
        bytes.extend_from_slice(&some);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the client says of a server that answers with these bytes, or with none until it is left.
    async fn said(answer: &'static [u8]) -> (String, bool) {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 4096]).await;
                for piece in answer.chunks(1) {
                    let _ = stream.write_all(piece).await;
                    tokio::time::sleep(Duration::from_millis(if answer.len() < 100 { 100 } else { 0 })).await;
                }
                let _ = stream.read(&mut [0; 4096]).await;
            }
        });
        let request = HttpRequest::get(format!("http://{address}/")).unwrap();
        let client = Client { patience: Duration::from_millis(1500), ..Client::local() };
        let error = client.send(request).await.expect_err("the answer is none");
        let message = innermost(&error);
        assert!(message.contains(&format!("`{address}`")), "{message}");
        (message, not_aws(&error))
    }

    #[tokio::test]
    async fn a_host_that_does_not_answer_is_named_in_time() {
        let cases: [(&[u8], &str, bool); 5] = [
            (b"", "no whole answer within 1 s", false),
            (b"HTTP/1.1 200 OK\r\nX-Drip", "no whole answer within 1 s", false),
            (b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n<A>", "no whole answer within 1 s", false),
            (&[b'x'; 200], "invalid HTTP", false),
            (
                b"HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: 15\r\nconnection: close\r\n\r\n<html>wifi</...",
                "not AWS's answer (HTTP 200): `<html>wifi</...`",
                true,
            ),
        ];
        for (answer, expected, is_other) in cases {
            let (message, found) = said(answer).await;
            assert!(message.contains(expected) && found == is_other, "{message}");
        }
        let request = HttpRequest::get("http://127.0.0.1:1/").unwrap();
        let message = innermost(&Client::local().send(request).await.unwrap_err());
        assert_eq!(message, "`127.0.0.1:1`: Connection refused (os error 111)");
    }
}
