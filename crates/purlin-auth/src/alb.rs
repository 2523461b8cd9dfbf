//! Decides whether to believe `x-amzn-oidc-data`: the claims a load balancer signs and sends with each request.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::alb_keys::Keys;
use crate::clock;
use crate::cognito::expect;
use crate::endpoint::{self, Endpoint, EndpointError};
use crate::error::{TokenError, shown};
use crate::http::Http;
use crate::jose::{Algorithm, Token, text_of};

/// The header in which a balancer sends the user's claims.
pub const OIDC_DATA: &str = "x-amzn-oidc-data";

/// Verifies the claims that an Application Load Balancer sends in [`OIDC_DATA`] after it signed a user in: ES256 with a
/// key of the region's balancers, signed by this balancer, in time. Clones share the keys.
///
/// A balancer's key is one of its region and not of its own: whoever owns a balancer there can have claims signed with
/// it. Hence the balancer's ARN is required.
///
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html#user-claims-encoding>
///
/// ```no_run
/// # async fn example(header: &str) -> Result<(), Box<dyn std::error::Error>> {
/// use purlin_auth::AlbVerifier;
///
/// let balancer = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/web/0123456789abcdef";
/// let verifier = AlbVerifier::new(balancer)?.client("4example5client6id");
/// let user = verifier.verify(header).await?;
/// assert!(!user.subject().is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct AlbVerifier {
    signers: Vec<String>,
    client: Option<String>,
    issuer: Option<String>,
    leeway: Duration,
    keys_at: Endpoint,
    http: Http,
    keys: Keys,
}

/// A user that a balancer vouches for.
#[derive(Debug, Clone, PartialEq)]
pub struct AlbUser {
    subject: String,
    signer: String,
    expires_at: u64,
    claims: Map<String, Value>,
}

impl AlbVerifier {
    /// A verifier of the claims that a balancer signs, by its ARN, which names its region as well.
    pub fn new(balancer_arn: &str) -> Result<Self, EndpointError> {
        let region = region_of(balancer_arn)?;
        let (keys_at, http) = (Endpoint::known(published(region)), Http::new());
        let keys = Keys::at(keys_at.clone(), http.clone());
        let (signers, leeway) = (vec![balancer_arn.to_owned()], clock::LEEWAY);
        Ok(Self { signers, client: None, issuer: None, leeway, keys_at, http, keys })
    }

    /// Believes another balancer of the same region as well, such as the one that an app moves from.
    pub fn or_signer(mut self, balancer_arn: &str) -> Result<Self, EndpointError> {
        region_of(balancer_arn)?;
        self.signers.push(balancer_arn.to_owned());
        Ok(self)
    }

    /// The app client that the user has to be signed in to. Without it any that the balancer has a rule for.
    pub fn client(mut self, id: impl Into<String>) -> Self {
        self.client = Some(id.into());
        self
    }

    /// The issuer that the user has to come from, such as `https://cognito-idp.REGION.amazonaws.com/POOL_ID`. Without it
    /// any that the balancer has a rule for.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// How far the clocks may differ. Without it 10 seconds.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Where balancers' public keys are; a key's id is appended after a slash. Without it where AWS has those of the
    /// balancer's region.
    pub fn keys_from(mut self, base: Endpoint) -> Self {
        self.keys = Keys::at(base.clone(), self.http.clone());
        self.keys_at = base;
        self
    }

    /// Fetches keys by this client. Without it by one of its own.
    pub fn http(mut self, http: Http) -> Self {
        self.keys = Keys::at(self.keys_at.clone(), http.clone());
        self.http = http;
        self
    }

    /// The user of a request by its header [`OIDC_DATA`], if it is to be believed.
    pub async fn verify(&self, header: &str) -> Result<AlbUser, TokenError> {
        self.verify_at(header, clock::now()).await
    }

    /// The user as they were to be believed at a moment, in seconds since 1970.
    pub async fn verify_at(&self, header: &str, now: u64) -> Result<AlbUser, TokenError> {
        let token = Token::parse(header, Algorithm::Es256)?;
        let expires_at = self.check(&token, now)?;
        let id = token.key_id()?;
        // It becomes part of an address.
        if id.is_empty() || id.len() > 64 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(TokenError::KeyId(shown(id)));
        }
        token.verify(&self.keys.key(id).await?)?;
        let signer = text_of(&token.header, "signer")?.to_owned();
        let subject = text_of(&token.claims, "sub")?.to_owned();
        Ok(AlbUser { subject, signer, expires_at, claims: token.claims })
    }

    /// All that can be checked without the key: the header, and the claims where they repeat it.
    fn check(&self, token: &Token<'_>, now: u64) -> Result<u64, TokenError> {
        let signer = text_of(&token.header, "signer")?;
        if !self.signers.iter().any(|expected| expected == signer) {
            let expected = format!("`{}`", self.signers.join("` or `"));
            return Err(TokenError::Stranger { claim: "signer", found: shown(signer), expected });
        }
        if let Some(client) = &self.client {
            expect(&token.header, "client", client)?;
        }
        if let Some(issuer) = &self.issuer {
            expect(&token.header, "iss", issuer)?;
            if token.claims.contains_key("iss") {
                expect(&token.claims, "iss", issuer)?;
            }
        }
        if token.claims.contains_key("exp") {
            clock::check(&token.claims, now, self.leeway)?;
        }
        clock::check(&token.header, now, self.leeway)
    }
}

impl AlbUser {
    /// The user's id at the issuer.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The user's e-mail address, if the app client's scopes have it.
    pub fn email(&self) -> Option<&str> {
        self.claims.get("email")?.as_str()
    }

    /// The user's name in the pool.
    pub fn username(&self) -> Option<&str> {
        self.claims.get("username")?.as_str()
    }

    /// The balancer that signed.
    pub fn signer(&self) -> &str {
        &self.signer
    }

    /// When the claims expire, in seconds since 1970: within minutes, since the balancer signs them for each request.
    pub fn expires_at(&self) -> u64 {
        self.expires_at
    }

    /// Every claim that the issuer's user info has.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }
}

/// The region of a balancer that can sign users in.
fn region_of(arn: &str) -> Result<&str, EndpointError> {
    let expected = "the ARN of an Application Load Balancer";
    let wrong = || EndpointError { given: shown(arn), expected };
    let parts: Vec<&str> = arn.split(':').collect();
    let ["arn", _, "elasticloadbalancing", region, _, name] = parts[..] else { return Err(wrong()) };
    if !name.starts_with("loadbalancer/app/") {
        return Err(wrong());
    }
    endpoint::region(region).map_err(|_| wrong())
}

/// Where AWS publishes the keys of a region's balancers. GovCloud has them in a bucket.
fn published(region: &str) -> String {
    if region.starts_with("us-gov-") {
        return format!("https://s3-{region}.amazonaws.com/aws-elb-public-keys-prod-{region}");
    }
    format!("https://public-keys.auth.elb.{region}.{}", endpoint::suffix(region))
}

#[cfg(test)]
mod tests {
    use super::{AlbVerifier, published};

    #[test]
    fn keys_are_where_aws_says() {
        assert_eq!(published("eu-west-1"), "https://public-keys.auth.elb.eu-west-1.amazonaws.com");
        assert_eq!(
            published("us-gov-east-1"),
            "https://s3-us-gov-east-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-east-1"
        );
    }

    #[test]
    fn an_arn_is_of_a_balancer_that_signs_users_in() {
        let good = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/web/0123456789abcdef";
        assert!(AlbVerifier::new(good).is_ok());
        for bad in [
            "",
            "web",
            "arn:aws:s3:::bucket",
            "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/web/0123456789abcdef",
            "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/0123456789abcdef",
            "arn:aws:elasticloadbalancing:evil.example/:111122223333:loadbalancer/app/web/0123456789abcdef",
        ] {
            assert!(AlbVerifier::new(bad).is_err(), "{bad}");
            assert!(AlbVerifier::new(good).unwrap().or_signer(bad).is_err(), "{bad}");
        }
    }
}
