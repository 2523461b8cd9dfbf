//! User pools with their app clients, domain and password policy.

use aws_sdk_cognitoidentityprovider::types::{IssuerType, UserPoolClientType};
use secrecy::SecretString;
use serde::Serialize;

use crate::aws::Named;
use crate::error::DeployError;
use crate::network::Pages;
use crate::session::Session;
use crate::target::Target;

/// A user pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UserPool {
    /// Such as `eu-west-1_Abc123`.
    pub id: String,
    /// The name.
    pub name: String,
    /// The issuer of its tokens: their `iss`.
    pub issuer: String,
    /// The URL of the keys of its tokens (JWKS).
    pub keys_url: String,
    /// The domain of its sign-in pages and token endpoint, if it has one.
    pub login: Option<LoginDomain>,
    /// The attributes that replace the user name at sign-in: `email`, `phone_number`.
    pub sign_in_with: Vec<String>,
    /// The password policy.
    pub password_policy: PasswordPolicy,
}

/// The domain of a pool's sign-in pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LoginDomain {
    /// The URL for browsers, such as `https://members.auth.eu-west-1.amazoncognito.com`.
    pub url: String,
    /// The endpoint for requests: the same URL, or the emulator's endpoint.
    pub endpoint: String,
    /// `ACTIVE`, or the status of a domain that is not ready yet. Prefixes are active immediately.
    pub status: Option<String>,
    /// Whether it is a custom domain, with a certificate and a DNS record.
    pub is_custom: bool,
}

/// The password policy of a pool.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "they are Cognito's")]
pub struct PasswordPolicy {
    /// The minimum number of characters.
    pub minimum_length: i32,
    /// Whether it needs an upper-case letter.
    pub upper_case: bool,
    /// Whether it needs a lower-case letter.
    pub lower_case: bool,
    /// Whether it needs a digit.
    pub digits: bool,
    /// Whether it needs a special character.
    pub symbols: bool,
}

/// An app client of a pool.
#[derive(Clone, Debug)]
pub struct AppClient {
    /// Its id, which is not secret.
    pub id: String,
    /// The name.
    pub name: String,
    /// Its secret, if it has one.
    pub secret: Option<SecretString>,
    /// OAuth flows, such as `client_credentials` and `code`; none if the client may not use the token endpoint.
    pub flows: Vec<String>,
    /// The allowed scopes.
    pub scopes: Vec<String>,
    /// The allowed callback URLs.
    pub callback_urls: Vec<String>,
    /// The allowed sign-out URLs.
    pub logout_urls: Vec<String>,
}

impl AppClient {
    /// Whether the client may use an OAuth flow, such as `client_credentials` or `code`.
    pub fn may(&self, flow: &str) -> bool {
        self.flows.iter().any(|has| has == flow)
    }
}

impl Session {
    /// A user pool, by its id.
    ///
    /// # Errors
    /// [`DeployError::Aws`] with `ResourceNotFoundException` if there is none.
    pub async fn user_pool(&self, id: &str) -> Result<UserPool, DeployError> {
        let response = self.cognito().describe_user_pool().user_pool_id(id).send().await.named("DescribeUserPool")?;
        let pool = response.user_pool.ok_or_else(|| missing_in_response("DescribeUserPool", id))?;
        let policy = pool.policies.and_then(|it| it.password_policy);
        let password_policy = policy.map_or_else(PasswordPolicy::default, |it| PasswordPolicy {
            minimum_length: it.minimum_length.unwrap_or_default(),
            upper_case: it.require_uppercase,
            lower_case: it.require_lowercase,
            digits: it.require_numbers,
            symbols: it.require_symbols,
        });
        let sign_in_with = pool.username_attributes.unwrap_or_default();
        let login = match (pool.custom_domain, pool.domain) {
            (Some(name), _) => Some(self.login_domain(&name, true).await?),
            (None, Some(prefix)) => Some(self.login_domain(&prefix, false).await?),
            (None, None) => None,
        };
        let is_updated = pool.issuer_configuration.and_then(|it| it.r#type) == Some(IssuerType::Updated);
        let issuer = issuer(id, is_updated, self.target());
        let keys_at = self.emulator_endpoint().map_or_else(|| issuer.clone(), |url| format!("{url}/{id}"));
        Ok(UserPool {
            id: id.to_owned(),
            name: pool.name.unwrap_or_default(),
            keys_url: format!("{keys_at}/.well-known/jwks.json"),
            issuer,
            login,
            sign_in_with: sign_in_with.iter().map(|it| it.as_str().to_owned()).collect(),
            password_policy,
        })
    }

    /// Ids and names of a pool's app clients; [`Session::app_client`] returns the rest.
    pub async fn app_clients(&self, pool: &str) -> Result<Vec<(String, String)>, DeployError> {
        let (mut clients, mut pages) = (Vec::new(), Pages::of("ListUserPoolClients"));
        loop {
            let call = self.cognito().list_user_pool_clients().user_pool_id(pool).max_results(60);
            let page = call.set_next_token(pages.token()).send().await.named("ListUserPoolClients")?;
            let found = page.user_pool_clients.unwrap_or_default().into_iter();
            clients.extend(found.filter_map(|it| Some((it.client_id?, it.client_name.unwrap_or_default()))));
            if !pages.turn(page.next_token.as_deref())? {
                return Ok(clients);
            }
        }
    }

    /// A client of a pool, with its secret.
    pub async fn app_client(&self, pool: &str, id: &str) -> Result<AppClient, DeployError> {
        let call = self.cognito().describe_user_pool_client().user_pool_id(pool).client_id(id);
        let response = call.send().await.named("DescribeUserPoolClient")?;
        response.user_pool_client.map(client).ok_or_else(|| missing_in_response("DescribeUserPoolClient", id))
    }

    async fn login_domain(&self, name: &str, is_custom: bool) -> Result<LoginDomain, DeployError> {
        let response = self.cognito().describe_user_pool_domain().domain(name).send().await;
        let response = response.named("DescribeUserPoolDomain")?;
        let status = response.domain_description.and_then(|it| it.status).map(|it| it.as_str().to_owned());
        let url = if is_custom { format!("https://{name}") } else { prefix_url(name, self.target()) };
        let endpoint = self.emulator_endpoint().unwrap_or(&url).to_owned();
        Ok(LoginDomain { url, endpoint, status, is_custom })
    }
}

/// The `iss` of a pool's tokens. The updated one has the pool's first region, which is in its id, the original one that of
/// the replica that issued them.
fn issuer(id: &str, is_updated: bool, target: &Target) -> String {
    let suffix = target.dns_suffix();
    match id.split('_').next().filter(|_| is_updated) {
        Some(first) => format!("https://issuer-cognito-idp.{first}.{suffix}/{id}"),
        None => format!("https://cognito-idp.{}.{suffix}/{id}", target.region),
    }
}

/// The host of a prefix. GovCloud has only FIPS endpoints.
/// <https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-cog.html>
fn prefix_url(prefix: &str, target: &Target) -> String {
    let zone = if target.partition == "aws-us-gov" { "auth-fips" } else { "auth" };
    format!("https://{prefix}.{zone}.{}.amazoncognito.com", target.region)
}

fn client(found: UserPoolClientType) -> AppClient {
    let is_allowed = found.allowed_o_auth_flows_user_pool_client.unwrap_or_default();
    let flows = found.allowed_o_auth_flows.unwrap_or_default();
    let id = found.client_id.unwrap_or_default();
    AppClient {
        name: found.client_name.filter(|name| !name.is_empty()).unwrap_or_else(|| id.clone()),
        id,
        secret: found.client_secret.map(SecretString::from),
        flows: flows.iter().filter(|_| is_allowed).map(|it| it.as_str().to_owned()).collect(),
        scopes: found.allowed_o_auth_scopes.unwrap_or_default(),
        callback_urls: found.callback_urls.unwrap_or_default(),
        logout_urls: found.logout_urls.unwrap_or_default(),
    }
}

/// The response of AWS lacks the requested object.
fn missing_in_response(operation: &'static str, of: &str) -> DeployError {
    DeployError::Unavailable { operation, detail: format!("the response has no `{of}`") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_has_the_addresses_of_its_issuer_and_partition() {
        let pool = |region: &str| format!("{region}_AbC");
        for (partition, region, id, original, updated) in [
            ("aws", "eu-west-1", "eu-west-1", "cognito-idp.eu-west-1.amazonaws.com", "eu-west-1.amazonaws.com"),
            ("aws", "us-east-1", "eu-west-1", "cognito-idp.us-east-1.amazonaws.com", "eu-west-1.amazonaws.com"),
            (
                "aws-cn",
                "cn-north-1",
                "cn-north-1",
                "cognito-idp.cn-north-1.amazonaws.com.cn",
                "cn-north-1.amazonaws.com.cn",
            ),
        ] {
            let target = Target { account: "1".into(), region: region.into(), partition: partition.into() };
            let id = pool(id);
            assert_eq!(issuer(&id, false, &target), format!("https://{original}/{id}"));
            assert_eq!(issuer(&id, true, &target), format!("https://issuer-cognito-idp.{updated}/{id}"));
        }
        for (partition, region, url) in [
            ("aws", "eu-west-1", "https://my.auth.eu-west-1.amazoncognito.com"),
            ("aws-us-gov", "us-gov-west-1", "https://my.auth-fips.us-gov-west-1.amazoncognito.com"),
        ] {
            let target = Target { account: "1".into(), region: region.into(), partition: partition.into() };
            assert_eq!(prefix_url("my", &target), url);
        }
    }
}
