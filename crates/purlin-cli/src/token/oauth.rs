//! The token client of an app client, and explanations of a token endpoint's refusals.

use purlin_auth::{Endpoint, HttpError, OAuthClient, OAuthError, OAuthErrorCode, Step, UserPoolDomain};
use purlin_deploy::{AppClient, UserPool};

use super::client::{Chosen, MACHINE};
use super::secret;
use crate::args::SecretFrom;
use crate::failure::{Failure, Kind};
use crate::terminal::Terminal;

/// A client of the pool's token endpoint, with its secret.
pub(crate) async fn client(chosen: &Chosen, from: &SecretFrom, terminal: &Terminal) -> Result<OAuthClient, Failure> {
    let domain = domain(&chosen.pool)?;
    let client = OAuthClient::new(domain, &chosen.client.id).http(chosen.http.clone());
    Ok(match secret::of(chosen, from, terminal).await? {
        Some(secret) => client.secret(secret),
        None => client,
    })
}

/// Where the pool's token endpoint is.
fn domain(pool: &UserPool) -> Result<UserPoolDomain, Failure> {
    let Some(login) = &pool.login else {
        let why = format!("user pool `{}` has no domain, and so neither sign-in pages nor a token endpoint", pool.id);
        return Err(Failure::usage(why).hint("add one in the stack, `users.add_domain(..)`, and deploy it"));
    };
    let endpoint: Result<Endpoint, _> = login.endpoint.parse();
    endpoint.map(UserPoolDomain::new).map_err(|error| Failure::bug(error.to_string()))
}

/// Why there is no token: what was asked for, what the client may have, and what to do.
pub(crate) fn refused(error: &OAuthError, chosen: &Chosen, scopes: &[String]) -> Failure {
    let OAuthError::Refused { step, code, description } = error else { return unanswered(error, &chosen.pool) };
    let said = description.as_ref().map(|text| format!(" ({text})")).unwrap_or_default();
    explain(*step, code, &said, &chosen.client, &chosen.pool.id, scopes)
}

fn explain(
    step: Step,
    code: &OAuthErrorCode,
    said: &str,
    client: &AppClient,
    pool: &str,
    scopes: &[String],
) -> Failure {
    let failure = Failure::new(Kind::Aws, format!("Cognito refuses client `{}`: `{code}`{said}", client.name));
    let failure = failure.detail(format!("  usually: {}", code.usually(step)));
    match code {
        OAuthErrorCode::InvalidScope => failure
            .detail(format!("  asked for: {}", listed(scopes)))
            .detail(format!("  the client may have: {}", listed(&client.scopes)))
            .hint("ask for one of these with `--scope`, or give the client the scope in the stack and deploy it"),
        OAuthErrorCode::InvalidClient => {
            let has = if client.secret.is_some() { "has a secret" } else { "has no secret" };
            failure.detail(format!("  client `{}` of user pool `{pool}` {has}", client.id)).hint(
                "leave the options for the secret out, and Cognito is asked for it; one that was given is of another \
                 client, or old",
            )
        }
        OAuthErrorCode::UnauthorizedClient | OAuthErrorCode::InvalidGrant if step == Step::ClientCredentials => {
            failure.detail(format!("  the client has the OAuth flows: {}", listed(&client.flows))).hint(format!(
                "give the client the flow `{MACHINE}` and a scope of a resource server in the stack, and deploy it"
            ))
        }
        _ => failure.hint("start again; `purlin smoke STACK` checks the login"),
    }
}

/// The failure of a request without an OAuth response.
fn unanswered(error: &OAuthError, pool: &UserPool) -> Failure {
    let failure = Failure::new(Kind::Aws, format!("there is no token: {error}"));
    let status = pool.login.as_ref().and_then(|login| login.status.as_deref());
    match (error, status) {
        (OAuthError::Http(HttpError::Unreachable { .. }), Some(status)) if status != "ACTIVE" => {
            failure.hint(format!("the pool's domain is `{status}`: a custom domain takes up to an hour"))
        }
        (OAuthError::Http(HttpError::Unreachable { .. }), _) => failure.hint(
            "a custom domain needs a DNS record to the pool's distribution; `purlin smoke STACK` checks each part",
        ),
        (OAuthError::Throttled(_), _) => failure.hint("the quota is the account's; keep a token until it expires"),
        _ => failure,
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
pub(crate) mod tests {
    use purlin_deploy::{LoginDomain, PasswordPolicy};

    use super::*;

    #[test]
    fn every_refusal_has_a_hint() {
        let asked = ["mydomain.com/ADMIN".to_owned()];
        let cases = [
            (Step::ClientCredentials, OAuthErrorCode::InvalidScope, "may have: `mydomain.com/API_ACCESS`", "--scope"),
            (Step::ClientCredentials, OAuthErrorCode::InvalidClient, "has no secret", "leave the options"),
            (Step::ClientCredentials, OAuthErrorCode::UnauthorizedClient, "flows: `code`", "`client_credentials`"),
            (Step::ClientCredentials, OAuthErrorCode::InvalidGrant, "flows: `code`", "`client_credentials`"),
            (Step::AuthorizationCode, OAuthErrorCode::InvalidGrant, "used already", "start again"),
            (Step::Login, OAuthErrorCode::AccessDenied, "cancelled", "purlin smoke"),
        ];
        for (step, code, detail, hint) in cases {
            let failure = explain(step, &code, "", &client_of("code"), "eu-west-1_Abc", &asked);
            assert!(failure.message.contains(code.as_str()), "{}", failure.message);
            assert!(failure.details.concat().contains(detail), "{code}: {:?}", failure.details);
            assert!(failure.hints.concat().contains(hint), "{code}: {:?}", failure.hints);
            assert_eq!(failure.kind as u8, 4);
        }
    }

    #[test]
    fn a_domain_that_is_being_created_is_reported() {
        let unreachable = HttpError::Unreachable { host: "login.example.com".into(), reason: "dns error".into() };
        let mut pool = pool();
        let failure = unanswered(&OAuthError::Http(unreachable.clone()), &pool);
        assert!(failure.hints.concat().contains("DNS record"), "{failure:?}");
        pool.login.as_mut().unwrap().status = Some("CREATING".into());
        let failure = unanswered(&OAuthError::Http(unreachable), &pool);
        assert!(failure.hints.concat().contains("`CREATING`"), "{failure:?}");
        pool.login = None;
        assert!(domain(&pool).unwrap_err().message.contains("has no domain"));
    }

    pub(crate) fn pool() -> UserPool {
        UserPool {
            id: "eu-west-1_Abc".into(),
            name: "users".into(),
            issuer: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Abc".into(),
            keys_url: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Abc/.well-known/jwks.json".into(),
            login: Some(LoginDomain {
                url: "https://login.example.com".into(),
                endpoint: "https://login.example.com".into(),
                status: Some("ACTIVE".into()),
                is_custom: true,
            }),
            sign_in_with: vec!["email".into()],
            password_policy: PasswordPolicy::default(),
        }
    }

    pub(crate) fn client_of(flow: &str) -> AppClient {
        AppClient {
            id: "4abc".into(),
            name: "machine".into(),
            secret: None,
            flows: vec![flow.to_owned()],
            scopes: vec!["mydomain.com/API_ACCESS".into()],
            callback_urls: vec!["https://app.example.com/oauth2/idpresponse".into()],
            logout_urls: Vec::new(),
        }
    }
}
