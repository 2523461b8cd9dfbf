//! The checks, against servers on this machine that fail as AWS does.

use purlin_auth::{Http, SecretString};
use purlin_deploy::{AppClient, LoginDomain, LoginRule};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::balancers::{Login, refuses, registered, sent_to, suits};
use super::check::Trouble;
use super::page::{Ask, Page};
use super::pools::{domain, known, opens, token};

const CALLBACK: &str = "https://app.example.com/oauth2/idpresponse";

/// The responses of a server by path; what is wrong, and a detail.
type Case = (&'static [(&'static str, &'static str)], &'static str, &'static str);
type Change = fn(&mut AppClient);

/// A server with a fixed response for each path. Returns its address.
async fn server(answers: &'static [(&'static str, &'static str)]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 8192];
            let read = stream.read(&mut request).await.unwrap_or_default();
            let request = String::from_utf8_lossy(&request[..read]).into_owned();
            let target = request.split(' ').nth(1).unwrap_or_default();
            let path = target.split('?').next().unwrap_or_default();
            let answer = answers.iter().find(|(wanted, _)| *wanted == path).map_or("HTTP/1.1 404 x\r\n\r\n", |it| it.1);
            let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
            let whole = format!("{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
            let _ = stream.write_all(whole.as_bytes()).await;
        }
    });
    address
}

fn login(endpoint: &str) -> LoginDomain {
    LoginDomain {
        url: endpoint.to_owned(),
        endpoint: endpoint.to_owned(),
        status: Some("ACTIVE".into()),
        is_custom: false,
    }
}

fn client() -> AppClient {
    AppClient {
        id: "4abc".into(),
        name: "web".into(),
        secret: Some(SecretString::from("hush")),
        flows: vec!["code".into()],
        scopes: vec!["openid".into()],
        callback_urls: vec![CALLBACK.into()],
        logout_urls: Vec::new(),
    }
}

fn rule() -> LoginRule {
    LoginRule { priority: "1".into(), port: 443, client: "4abc".into(), scope: "openid".into(), ..LoginRule::default() }
}

/// Every part of a failure has text, and none has a secret.
fn text(trouble: &Trouble) -> String {
    for part in [&trouble.wrong, &trouble.found, &trouble.expected, &trouble.hint] {
        assert!(!part.is_empty() && !part.contains("hush"), "{trouble:?}");
    }
    format!("{} | {} | {} | {}", trouble.wrong, trouble.found, trouble.expected, trouble.hint)
}

async fn opened(answers: &'static [(&'static str, &'static str)]) -> Result<(), String> {
    let address = server(answers).await;
    let result = opens(&Http::new(), &login(&address), "4abc", CALLBACK, &["openid".to_owned()]).await;
    result.map_err(|trouble| text(&trouble))
}

#[tokio::test]
async fn the_sign_in_page_opens_or_the_reason_is_reported() {
    const OPEN: &str = "HTTP/1.1 200 OK\r\n\r\n<form></form>";
    const TO_LOGIN: &str =
        "HTTP/1.1 302 Found\r\nLocation: /login?client_id=4abc\r\nSet-Cookie: XSRF=1; Path=/\r\n\r\n";
    assert_eq!(opened(&[("/oauth2/authorize", OPEN)]).await, Ok(()));
    assert_eq!(opened(&[("/oauth2/authorize", TO_LOGIN), ("/login", OPEN)]).await, Ok(()));
    let cases: [Case; 7] = [
        (
            &[(
                "/oauth2/authorize",
                "HTTP/1.1 302 x\r\nLocation: /error?error=redirect_mismatch&client_id=4abc\r\n\r\n",
            )],
            "`redirect_mismatch`",
            "to the letter",
        ),
        (
            &[(
                "/oauth2/authorize",
                "HTTP/1.1 302 x\r\nLocation: https://app.example.com/oauth2/idpresponse?error=invalid_request&error_description=invalid_scope\r\n\r\n",
            )],
            "refuses the scopes",
            "openid",
        ),
        (
            &[("/oauth2/authorize", "HTTP/1.1 400 x\r\n\r\n{\"error\":\"unauthorized_client\"}")],
            "refuses the client",
            "flow `code`",
        ),
        (
            &[("/oauth2/authorize", "HTTP/1.1 302 x\r\nLocation: /error?error=invalid_client\r\n\r\n")],
            "does not accept the client",
            "different pools",
        ),
        (
            &[("/oauth2/authorize", TO_LOGIN), ("/login", "HTTP/1.1 403 x\r\n\r\nLogin pages unavailable")],
            "Login pages unavailable",
            "ManagedLoginBranding",
        ),
        (&[("/oauth2/authorize", "HTTP/1.1 500 x\r\n\r\n")], "does not open", "browser"),
        (&[("/oauth2/authorize", TO_LOGIN)], "does not open", "status 404"),
    ];
    for (answers, what, more) in cases {
        let found = opened(answers).await.unwrap_err();
        assert!(found.contains(what) && found.contains(more), "{what}: {found}");
    }
}

/// The response of a balancer, as its checks read it.
async fn of_balancer(answer: &'static [(&'static str, &'static str)]) -> (String, Page) {
    let address = server(answer).await;
    let page = Page::get(&Http::new(), &Ask { address: format!("{address}/"), ..Ask::default() }).await.unwrap();
    (address, page)
}

#[tokio::test]
async fn a_balancer_redirects_to_the_sign_in_page_or_the_reason_is_reported() {
    let (rule, client, domain) = (rule(), client(), login("https://login.example.com"));
    let host = "app.example.com".to_owned();
    let of = Login { rule: &rule, client: &client, domain: &domain, host };
    let good = "HTTP/1.1 302 x\r\nLocation: https://login.example.com/oauth2/authorize?client_id=4abc&redirect_uri=https%3A%2F%2Fapp.example.com%2Foauth2%2Fidpresponse&state=s\r\nSet-Cookie: AWSALBAuthNonce=n; Path=/\r\n\r\n";
    let (_, page) = of_balancer(Box::leak(Box::new([("/", good)]))).await;
    assert_eq!(sent_to(&page, &of, CALLBACK), Ok(()));
    assert_eq!(page.cookies, ["AWSALBAuthNonce=n"]);
    let cases = [
        (
            "HTTP/1.1 302 x\r\nLocation: https://login.example.com/oauth2/authorize?client_id=other\r\n\r\n",
            "another client",
            "priorities",
        ),
        (
            "HTTP/1.1 302 x\r\nLocation: https://login.example.com/oauth2/authorize?client_id=4abc&redirect_uri=http%3A%2F%2Fx\r\n\r\n",
            "another address",
            "keep the host",
        ),
        ("HTTP/1.1 302 x\r\nLocation: https://elsewhere.example.com/\r\n\r\n", "sent elsewhere", "another rule"),
        ("HTTP/1.1 200 x\r\n\r\nhello", "reach the app", "default action"),
        ("HTTP/1.1 401 x\r\n\r\n", "rejects users", "`deny`"),
        ("HTTP/1.1 404 x\r\n\r\n", "no rule", "conditions"),
        ("HTTP/1.1 500 x\r\n\r\n", "shows 500", "tcp/443"),
        ("HTTP/1.1 561 x\r\n\r\n", "shows 561", "one pool"),
        ("HTTP/1.1 503 x\r\n\r\n", "nothing healthy", "purlin logs"),
        ("HTTP/1.1 504 x\r\n\r\n", "does not answer", "security group"),
    ];
    for (answer, what, more) in cases {
        let (_, page) = of_balancer(Box::leak(Box::new([("/", answer)]))).await;
        let found = text(&sent_to(&page, &of, CALLBACK).unwrap_err());
        assert!(found.contains(what) && found.contains(more), "{answer}: {found}");
    }
}

#[tokio::test]
async fn a_balancer_that_reaches_cognito_refuses_a_made_up_code() {
    for (answer, expected) in [
        ("HTTP/1.1 561 x\r\n\r\n", None),
        ("HTTP/1.1 401 x\r\n\r\n", None),
        ("HTTP/1.1 500 x\r\n\r\n", Some("alb-idp-egress")),
        ("HTTP/1.1 200 x\r\n\r\n", Some("something else than the rule")),
        ("HTTP/1.1 302 x\r\nLocation: /\r\n\r\n", Some("something else than the rule")),
    ] {
        let (_, page) = of_balancer(Box::leak(Box::new([("/", answer)]))).await;
        let found = refuses(&page).map_err(|trouble| text(&trouble));
        match expected {
            None => assert_eq!(found, Ok(()), "{answer}"),
            Some(text) => assert!(found.as_ref().is_err_and(|it| it.contains(text)), "{answer}: {found:?}"),
        }
    }
}

#[test]
fn a_balancer_wants_a_client_with_a_secret_a_flow_and_its_scopes() {
    let cases: [(Change, Option<&str>); 5] = [
        (|_| (), None),
        (|client| client.secret = None, Some("no secret")),
        (|client| client.flows = vec!["client_credentials".into()], Some("flow `code`")),
        (|client| client.scopes = vec!["email".into()], Some("scope `openid`")),
        (|client| client.scopes.push("email".into()), None),
    ];
    for (change, expected) in cases {
        let mut client = client();
        change(&mut client);
        let found = suits(&rule(), &client).map_err(|trouble| text(&trouble));
        match expected {
            None => assert_eq!(found, Ok(())),
            Some(text) => assert!(found.as_ref().is_err_and(|it| it.contains(text)), "{found:?}"),
        }
    }
}

#[test]
fn the_callback_url_is_the_clients_to_the_letter() {
    let (rule, domain) = (rule(), login("https://login.example.com"));
    for (registered_url, expected) in [
        (CALLBACK, None),
        ("https://App.example.com/oauth2/idpresponse", Some("lower case")),
        ("https://elsewhere.example.com/", Some("redirect_mismatch")),
    ] {
        let client = AppClient { callback_urls: vec![registered_url.into()], ..client() };
        let of = Login { rule: &rule, client: &client, domain: &domain, host: "app.example.com".into() };
        let found = registered(&of, CALLBACK).map_err(|trouble| text(&trouble));
        match expected {
            None => assert_eq!(found, Ok(())),
            Some(text) => assert!(found.as_ref().is_err_and(|it| it.contains(text)), "{found:?}"),
        }
    }
}

#[tokio::test]
async fn the_token_endpoint_accepts_the_client_or_the_reason_is_reported() {
    let cases: [(&'static str, Option<&str>); 5] = [
        ("HTTP/1.1 400 x\r\n\r\n{\"error\":\"invalid_grant\"}", None),
        ("HTTP/1.1 400 x\r\n\r\n{\"error\":\"invalid_client\"}", Some("the secret it has now")),
        ("HTTP/1.1 400 x\r\n\r\n{\"error\":\"unauthorized_client\"}", Some("refuses the client this flow")),
        ("HTTP/1.1 500 x\r\n\r\n", Some("the token endpoint fails")),
        ("HTTP/1.1 429 x\r\n\r\n", Some("too many requests")),
    ];
    for (answer, expected) in cases {
        let address = server(Box::leak(Box::new([("/oauth2/token", answer)]))).await;
        let found = known(&Http::new(), &login(&address), &client()).await.map_err(|trouble| text(&trouble));
        match expected {
            None => assert_eq!(found, Ok(())),
            Some(text) => assert!(found.as_ref().is_err_and(|it| it.contains(text)), "{answer}: {found:?}"),
        }
    }
    let address = server(&[("/oauth2/token", "HTTP/1.1 400 x\r\n\r\n{\"error\":\"invalid_scope\"}")]).await;
    let refused = text(&token(&Http::new(), &login(&address), &client()).await.unwrap_err());
    assert!(refused.contains("own scopes") && refused.contains("`invalid_scope`"), "{refused}");
}

#[tokio::test]
async fn a_domain_without_a_response_is_reported() {
    let unused = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let closed = text(&domain(&Http::new(), &login(&format!("http://{unused}"))).await.unwrap_err());
    assert!(closed.contains("the pool's domain does not answer") && closed.contains("nothing listens"), "{closed}");
    let coming = LoginDomain { status: Some("CREATING".into()), ..login("https://login.example.com") };
    let coming = text(&domain(&Http::new(), &coming).await.unwrap_err());
    assert!(coming.contains("`CREATING`") && coming.contains("hour"), "{coming}");
    let address = server(&[]).await;
    assert_eq!(domain(&Http::new(), &login(&address)).await, Ok(()), "whatever it answers");
}
