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
/// How much of a strange answer is shown.
const SHOWN: usize = 100;

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
        let form = request.headers().get("content-type").map(str::to_owned).unwrap_or_default();
        let size = request.body().content_length().unwrap_or_default();
        let time = self.patience + Duration::from_secs(size / SLOWEST);
        let proxy = self.proxies.of_request(&request);
        let connector = self.indirect.as_ref().filter(|_| proxy.is_some()).unwrap_or(&self.direct);
        let exchange = async {
            let mut answer = connector.call(request).await?;
            let body = whole(std::mem::replace(answer.body_mut(), SdkBody::taken())).await?;
            check(answer.status().as_u16(), &form, &body)?;
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

/// Checks that an answer is in the form that belongs to the request: the SDK reads it as far as it goes, so that half a
/// stack would look complete, and a captive portal's page like an empty account. AWS's gateways answer with pages of their
/// own while they are disturbed (5xx), which the status says.
fn check(status: u16, form: &str, body: &[u8]) -> Result<(), ConnectorError> {
    if status >= 500 {
        return Ok(());
    }
    let text = body.trim_ascii();
    let has_begun = |with: &str| text.get(..with.len()).is_some_and(|it| it.eq_ignore_ascii_case(with.as_bytes()));
    let is_page = ["<!doctype html", "<html"].into_iter().any(has_begun);
    // The protocols of most services: a form is answered with XML, JSON with JSON.
    let expected = match form {
        "application/x-www-form-urlencoded" => Some(b'<'),
        _ if form.starts_with("application/x-amz-json") => Some(b'{'),
        _ => None,
    };
    // Calls without output are answered with nothing by some services, in JSON.
    let is_nothing = text.is_empty() && expected == Some(b'{');
    let is_strange = status < 300 && !is_nothing && expected.is_some_and(|first| text.first() != Some(&first));
    let is_other = (300..500).contains(&status)
        && status != 429
        && expected.is_some()
        && !text.is_empty()
        && !matches!(text[0], b'<' | b'{');
    if is_page || is_strange || is_other {
        let shown = beginning(text);
        return Err(failure(Kind::NotAws, format!("that is not AWS's answer (HTTP {status}): {shown}")));
    }
    if is_cut(text) {
        return Err(failure(Kind::Cut, "the answer was cut short".to_owned()));
    }
    Ok(())
}

/// The first letters, on one line.
fn beginning(text: &[u8]) -> String {
    if text.is_empty() {
        return "it is empty".to_owned();
    }
    let text = String::from_utf8_lossy(&text[..text.len().min(SHOWN)]);
    let printable: String = text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect();
    format!("`{}`", printable.split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "'"))
}

/// Whether the outermost element of XML, or the object of JSON, is never closed.
fn is_cut(text: &[u8]) -> bool {
    if text.starts_with(b"{") {
        return !text.ends_with(b"}");
    }
    let Some(first) = text.windows(2).position(|two| two[0] == b'<' && two[1].is_ascii_alphabetic()) else {
        return text.starts_with(b"<");
    };
    if !text.starts_with(b"<") {
        return false;
    }
    let name = text[first + 1..].split(|byte| !byte.is_ascii_alphanumeric()).next().unwrap_or_default();
    let end = [b"</", name, b">"].concat();
    let is_empty_element = text.ends_with(b"/>") && !text[first + 1..].contains(&b'<');
    !text.ends_with(&end) && !is_empty_element
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_answers_in_the_form_of_aws_are_passed_on() {
        const QUERY: &str = "application/x-www-form-urlencoded";
        const JSON: &str = "application/x-amz-json-1.1";
        let long = format!("login {}", "x".repeat(10_000));
        let cases = [
            (200, QUERY, "<A><B>1</B></A>", None),
            (200, QUERY, "<?xml version=\"1.0\"?>\n<A xmlns=\"x\"><B/></A>\n", None),
            (200, QUERY, "<A/>", None),
            (400, QUERY, "{\"message\": \"no\"}", None),
            (403, QUERY, "", None),
            (200, JSON, "{}", None),
            (200, JSON, "", None),
            (400, JSON, "{\"__type\": \"X\"}", None),
            (200, "", "", None),
            (200, "", "text of an object", None),
            (503, QUERY, "<html>Service Unavailable", None),
            (503, JSON, "busy", None),
            (200, QUERY, "<?xml version=\"1.0\"?>", Some("cut short")),
            (200, QUERY, "<A><B>1</B>", Some("cut short")),
            (200, QUERY, "<A><B/>", Some("cut short")),
            (200, QUERY, "<A><B>Stack ", Some("cut short")),
            (200, JSON, "{\"a\": [1", Some("cut short")),
            (200, "", "<ListBucketResult><Key>a", Some("cut short")),
            (200, QUERY, "", Some("not AWS's answer (HTTP 200): it is empty")),
            (200, QUERY, "{}", Some("not AWS's answer (HTTP 200): `{}`")),
            (200, JSON, "[]", Some("not AWS's answer (HTTP 200): `[]`")),
            (
                200,
                QUERY,
                "\n <!DOCTYPE html>\r\n<html>\x1b[2J`</html>",
                Some("(HTTP 200): `<!DOCTYPE html> <html> [2J'</html>`"),
            ),
            (302, "", "<HTML>moved</HTML>", Some("(HTTP 302): `<HTML>moved</HTML>`")),
            (404, JSON, "<html></html>", Some("(HTTP 404): `<html></html>`")),
            (407, QUERY, "Proxy Authentication Required", Some("(HTTP 407): `Proxy Authentication Required`")),
            (200, QUERY, long.as_str(), Some("`login xxx")),
        ];
        for (status, form, body, expected) in cases {
            let found = check(status, form, body.as_bytes()).map_err(|error| innermost(&error)).err();
            let is_right = match (&found, expected) {
                (Some(found), Some(expected)) => found.contains(expected) && found.len() < 200,
                (None, None) => true,
                _ => false,
            };
            assert!(is_right, "{status} {form} {body:.40}: {found:?}");
        }
    }

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
