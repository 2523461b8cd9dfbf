//! Checks of a user pool from outside: its keys, its domain, its sign-in pages for each client's callback URLs, and its
//! token endpoint for each client.

use purlin_auth::{
    CognitoVerifier, Endpoint, ExposeSecret, Http, OAuthClient, OAuthError, OAuthErrorCode, PendingLogin,
    UserPoolDomain,
};
use purlin_deploy::{AppClient, LoginDomain};

use super::check::{Check, Trouble};
use super::context::{Context, Pool};
use super::page::{Ask, Page, encoded, parameter, unreachable};
use crate::token::client::{LOGIN, MACHINE};

pub(super) async fn check(context: &Context, found: &Pool) -> Vec<Check> {
    let about = format!("pool {}", found.pool.id);
    let mut checks = vec![Check::of(&about, "its keys can be read", keys(&context.http, found).await)];
    let Some(login) = &found.pool.login else {
        if found.clients.iter().any(|client| !client.flows.is_empty()) {
            checks.push(Check::of(&about, "it has a domain", Err(no_domain(&found.pool.id))));
        }
        return checks;
    };
    let answers = domain(&context.http, login).await;
    let is_there = answers.is_ok();
    checks.push(Check::of(&about, format!("its domain {} answers", login.url), answers));
    for client in found.clients.iter().filter(|_| is_there) {
        let about = format!("client {}", client.name);
        if client.may(LOGIN) {
            checks.extend(callbacks(&context.http, login, client, &about).await);
            checks.push(Check::of(&about, "the token endpoint accepts it", known(&context.http, login, client).await));
        }
        if client.may(MACHINE) {
            checks.push(Check::of(
                &about,
                "gets a token for itself, which is genuine",
                machine(context, found, login, client).await,
            ));
        }
    }
    checks
}

async fn keys(http: &Http, found: &Pool) -> Result<(), Trouble> {
    let ask = Ask { address: found.pool.keys_url.clone(), ..Ask::default() };
    let page = Page::get(http, &ask).await.map_err(|error| unreachable("the pool's set of keys", &error))?;
    if page.status == 200 && page.body.contains("\"keys\"") {
        return Ok(());
    }
    Err(Trouble::new(
        "the keys that prove the pool's tokens cannot be read",
        format!("{} at `{}`", page.seen(), found.pool.keys_url),
        "status 200 and a set of keys",
        "the pool may be in another region, or deleted",
    ))
}

fn no_domain(pool: &str) -> Trouble {
    Trouble::new(
        "no one can sign in: the pool has no domain",
        format!("user pool `{pool}` without `AWS::Cognito::UserPoolDomain`, though its clients have OAuth flows"),
        "a domain, which has the sign-in pages and the token endpoint",
        "add one in the stack, `users.add_domain(..)`, and deploy it",
    )
}

/// Whether there is a response; the checks of each client read it.
pub(super) async fn domain(http: &Http, login: &LoginDomain) -> Result<(), Trouble> {
    if let Some(status) = login.status.as_deref().filter(|status| *status != "ACTIVE") {
        return Err(Trouble::new(
            "the sign-in pages are not there yet",
            format!("domain `{}` is `{status}`", login.url),
            "`ACTIVE`",
            "a domain of one's own is ready after up to an hour; try again then",
        ));
    }
    let ask = Ask { address: format!("{}/login", login.endpoint), ..Ask::default() };
    match Page::get(http, &ask).await {
        Ok(_) => Ok(()),
        Err(error) => {
            let mut trouble = unreachable("the pool's domain", &error);
            if login.is_custom {
                trouble.hint = format!(
                    "{}; a domain of one's own needs a certificate in us-east-1 and an alias record to the pool's distribution",
                    trouble.hint
                );
            }
            Err(trouble)
        }
    }
}

/// The sign-in page opens for every callback URL of a client.
async fn callbacks(http: &Http, login: &LoginDomain, client: &AppClient, about: &str) -> Vec<Check> {
    if client.callback_urls.is_empty() {
        let trouble = Trouble::new(
            "users cannot come back from the sign-in page",
            "no callback URL",
            "the address of the app that takes the code",
            "give the client its callback URLs in the stack, and deploy it",
        );
        return vec![Check::of(about, "has a callback URL", Err(trouble))];
    }
    let mut checks = Vec::new();
    for url in &client.callback_urls {
        let result = opens(http, login, &client.id, url, &client.scopes).await;
        checks.push(Check::of(about, format!("the sign-in page opens for `{url}`"), result));
    }
    checks
}

/// Requests the sign-in page as a browser does, and reads what it shows.
pub(super) async fn opens(
    http: &Http,
    login: &LoginDomain,
    client: &str,
    callback: &str,
    scopes: &[String],
) -> Result<(), Trouble> {
    let address = format!(
        "{}/oauth2/authorize?response_type=code&client_id={}&redirect_uri={}&scope={}&state=smoke",
        login.endpoint,
        encoded(client),
        encoded(callback),
        encoded(&scopes.join(" "))
    );
    let ask = Ask { address, ..Ask::default() };
    let page = Page::get(http, &ask).await.map_err(|error| unreachable("the sign-in page", &error))?;
    signs_in(&page, callback, scopes)?;
    let Some(next) = page.location.filter(|_| (300..400).contains(&page.status)) else { return Ok(()) };
    // A request to an external provider would count as a sign-in.
    let next = if next.starts_with('/') { format!("{}{next}", login.endpoint) } else { next };
    if !next.starts_with(&login.endpoint) && !next.starts_with(&login.url) {
        return Ok(());
    }
    let ask = Ask { address: next.replacen(&login.url, &login.endpoint, 1), cookies: page.cookies, host: None };
    let shown = Page::get(http, &ask).await.map_err(|error| unreachable("the sign-in page", &error))?;
    signs_in(&shown, callback, scopes)
}

/// Texts of sign-in pages that report an error: any of these; what is wrong, what is expected, and what to do.
const CLOSED: [(&[&str], &str, &str, &str); 5] = [
    (
        &["redirect_mismatch", "redirect_uri is not allowed"],
        "users see `redirect_mismatch` instead of the sign-in page",
        "`CALLBACK` among the client's callback URLs, to the letter",
        "compare scheme, host, port, path and a slash at the end; balancers send users to \
         `https://HOST/oauth2/idpresponse`, in lower case",
    ),
    (
        &["invalid_scope"],
        "the sign-in page refuses the scopes",
        "the client to be allowed SCOPES",
        "allow the client these scopes in the stack, and deploy it",
    ),
    (
        &["unauthorized_client", "not enabled for OAuth2.0"],
        "the sign-in page refuses the client",
        "the OAuth flow `code`, and an identity provider, for this client",
        "give the client the authorization code grant in the stack, and deploy it",
    ),
    (
        &["invalid_client", "Client does not exist"],
        "the sign-in page does not accept the client",
        "a client of the pool that has this domain",
        "client and domain belong to different pools, or the client was deleted",
    ),
    (
        &["Login pages unavailable"],
        "managed login shows `Login pages unavailable`",
        "a style for the client",
        "add `ManagedLoginBranding` for the client, or choose the classic hosted UI for the domain",
    ),
];

/// Whether this is a redirect to the sign-in page, and otherwise the error that Cognito reports.
fn signs_in(page: &Page, callback: &str, scopes: &[String]) -> Result<(), Trouble> {
    let location = page.location.clone().unwrap_or_default();
    let error = parameter(&location, "error").or_else(|| in_body(&page.body)).unwrap_or_default();
    let description = parameter(&location, "error_description").unwrap_or_default();
    let text = format!("{error} {description} {}", if page.status >= 400 { page.body.as_str() } else { "" });
    let found = format!("{}{}", page.seen(), said(&error, &description));
    if let Some((_, wrong, expected, hint)) = CLOSED.iter().find(|(words, ..)| words.iter().any(|it| text.contains(it)))
    {
        let expected = expected.replace("CALLBACK", callback).replace("SCOPES", &scopes.join(", "));
        return Err(Trouble::new(*wrong, found, expected, *hint));
    }
    if page.status < 400 && error.is_empty() {
        return Ok(());
    }
    Err(Trouble::new(
        "the sign-in page does not open",
        found,
        "status 200, or the way to the sign-in page",
        "open the address in a browser, which shows Cognito's message",
    ))
}

fn said(error: &str, description: &str) -> String {
    match (error, description) {
        ("", _) => String::new(),
        (error, "") => format!(" (`{error}`)"),
        (error, description) => format!(" (`{error}`: {description})"),
    }
}

/// The error in a body of JSON.
fn in_body(body: &str) -> Option<String> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    body["error"].as_str().map(str::to_owned)
}

/// Sends an invalid code: for a valid client, the only error is that the code is wrong.
pub(super) async fn known(http: &Http, login: &LoginDomain, client: &AppClient) -> Result<(), Trouble> {
    let oauth = oauth(http, login, client)?;
    let text = |text: &str| text.to_owned().into();
    let callback = client.callback_urls.first().cloned().unwrap_or_default();
    let pending = PendingLogin::restore(text("smoke"), text("smoke"), text(&"s".repeat(43)), callback);
    match oauth.finish(pending, "state=smoke&code=00000000-0000-0000-0000-000000000000").await {
        Err(OAuthError::Refused { code: OAuthErrorCode::InvalidGrant, .. }) => Ok(()),
        Err(error) => Err(refused(&error, client)),
        Ok(_) => {
            Err(Trouble::new("the token endpoint takes any code", "tokens", "`invalid_grant`", "this is not Cognito"))
        }
    }
}

async fn machine(context: &Context, found: &Pool, login: &LoginDomain, client: &AppClient) -> Result<(), Trouble> {
    let token = token(&context.http, login, client).await?;
    let verifier = CognitoVerifier::new(&found.pool.id).map(|it| it.client(&client.id));
    let verifier = verifier
        .map_err(|error| Trouble::new("the pool's id is odd", error.to_string(), "REGION_ID", "report this"))?;
    let verifier = verifier.http(context.http.clone());
    let verifier = match context.session.emulator_endpoint().map(str::parse::<Endpoint>) {
        Some(Ok(here)) => verifier.keys_from(&here),
        _ => verifier,
    };
    let claims = verifier.access(token.expose_secret()).await;
    claims.map(|_| ()).map_err(|error| {
        Trouble::new(
            "the pool returns a token that is not valid",
            error.to_string(),
            "a token that the pool's keys prove",
            "is this machine's clock right? `purlin token STACK | purlin token decode STACK` shows more",
        )
    })
}

/// A token of a client for itself, with all its scopes.
pub(super) async fn token(
    http: &Http,
    login: &LoginDomain,
    client: &AppClient,
) -> Result<purlin_auth::SecretString, Trouble> {
    let token = oauth(http, login, client)?.client_credentials(client.scopes.iter().cloned()).token().await;
    token.map_err(|error| refused(&error, client))
}

fn oauth(http: &Http, login: &LoginDomain, client: &AppClient) -> Result<OAuthClient, Trouble> {
    let endpoint: Endpoint = login.endpoint.parse().map_err(|error: purlin_auth::EndpointError| {
        Trouble::new("the domain's address is odd", error.to_string(), "an address", "report this")
    })?;
    let oauth = OAuthClient::new(UserPoolDomain::new(endpoint), &client.id).http(http.clone());
    Ok(match &client.secret {
        Some(secret) => oauth.secret(secret.clone()),
        None => oauth,
    })
}

/// What the token endpoint's refusal means.
fn refused(error: &OAuthError, client: &AppClient) -> Trouble {
    let OAuthError::Refused { step, code, .. } = error else {
        return match error {
            OAuthError::Http(error) => unreachable("the token endpoint", error),
            other => Trouble::new("there is no token", other.to_string(), "a token", "try again"),
        };
    };
    let found = format!("`{code}`: {}", code.usually(*step));
    let (wrong, expected, hint) = match code {
        OAuthErrorCode::InvalidClient => (
            "the token endpoint does not take the client and its secret",
            "the client of this pool, with the secret it has now",
            "the domain may be another pool's; when a client is replaced, copies of its secret must be replaced too",
        ),
        OAuthErrorCode::InvalidScope => (
            "the token endpoint refuses the client's own scopes",
            "scopes of a resource server of the pool",
            "`openid` and its like are for users: allow a machine's client the scopes of a resource server alone",
        ),
        OAuthErrorCode::UnauthorizedClient | OAuthErrorCode::InvalidGrant => (
            "the token endpoint refuses the client this flow",
            "the OAuth flow that is tried",
            "give the client the flow in the stack, and deploy it",
        ),
        _ => ("the token endpoint refuses the client", "a token", "`purlin token STACK --client CLIENT` shows more"),
    };
    Trouble::new(wrong, found, format!("{expected} (`{}`)", client.id), hint)
}
