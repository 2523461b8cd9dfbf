//! `purlin token`: a token of a user pool's client, for itself or for a user; and the claims of a token.

mod browser;
pub(crate) mod client;
mod decode;
mod head;
pub(crate) mod oauth;
pub(crate) mod secret;

use std::path::Path;
use std::time::Duration;

use purlin_auth::{ExposeSecret, SecretString, Tokens, Unverified};
use serde_json::{Value, json};

use self::client::{Chosen, LOGIN, MACHINE};
use self::decode::left;
use crate::args::{self, NewToken, TokenAction, TokenKind};
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::text::harmless;

pub(crate) async fn run(app: Option<&Path>, args: &args::Token, terminal: &Terminal) -> Result<(), Failure> {
    match &args.action {
        Some(TokenAction::Decode(args)) => Box::pin(decode::run(app, args, terminal)).await,
        None => Box::pin(print(app, &args.wanted, terminal)).await,
    }
}

async fn print(app: Option<&Path>, args: &NewToken, terminal: &Terminal) -> Result<(), Failure> {
    let flows: &[&str] = if args.login || args.kind != TokenKind::Access { &[LOGIN] } else { &[MACHINE, LOGIN] };
    let chosen = client::choose(app, args.stack.as_deref(), &args.pool, &args.client, flows, terminal).await?;
    let tokens = if flows.contains(&MACHINE) && chosen.client.may(MACHINE) {
        let access = machine(&chosen, &args.client, terminal).await?;
        Tokens { access, id: None, refresh: None, expires_in: Duration::ZERO, scopes: None }
    } else {
        browser::login(&chosen, args, terminal).await?
    };
    describe(&tokens.access, &chosen, terminal);
    if args.json {
        terminal.print_document(&as_json(&tokens).to_string());
        return Ok(());
    }
    let wanted = match args.kind {
        TokenKind::Access => Some(&tokens.access),
        TokenKind::Id => tokens.id.as_ref(),
        TokenKind::Refresh => tokens.refresh.as_ref(),
    };
    let Some(token) = wanted else {
        return Err(Failure::usage("the user pool gave no such token")
            .hint("an ID token comes with the scope `openid` alone: ask for it with `--scope openid`"));
    };
    terminal.print_document(token.expose_secret());
    Ok(())
}

/// A token for the client itself.
pub(crate) async fn machine(
    chosen: &Chosen,
    wanted: &args::ClientRef,
    terminal: &Terminal,
) -> Result<SecretString, Failure> {
    let client = oauth::client(chosen, &wanted.secret, terminal).await?;
    let token = client.client_credentials(wanted.scope.iter().cloned()).token().await;
    token.map_err(|error| oauth::refused(&error, chosen, &wanted.scope))
}

/// Prints client, lifetime and scopes of a token, never the token itself.
fn describe(token: &SecretString, chosen: &Chosen, terminal: &Terminal) {
    let Ok(read) = Unverified::read(token.expose_secret()) else { return };
    let scopes = read.claims.get("scope").and_then(Value::as_str).unwrap_or("none");
    let left = read.claims.get("exp").and_then(Value::as_u64).map(left).unwrap_or_default();
    terminal.eprint(&format!(
        "token of client `{}` of user pool `{}`{left}; scopes: {}",
        chosen.client.name,
        chosen.pool.id,
        harmless(scopes)
    ));
}

/// In the form of the token endpoint.
fn as_json(tokens: &Tokens) -> Value {
    let text = |token: &Option<SecretString>| token.as_ref().map(|it| it.expose_secret().to_owned());
    let expires_at = Unverified::read(tokens.access.expose_secret()).ok().and_then(|it| it.claims.get("exp").cloned());
    json!({
        "access_token": tokens.access.expose_secret(),
        "id_token": text(&tokens.id),
        "refresh_token": text(&tokens.refresh),
        "token_type": "Bearer",
        "expires_at": expires_at,
    })
}
