//! Verifies `x-amzn-oidc-data`: the claims that a load balancer signs and sends with each request.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::alb_keys::Keys;
use crate::clock;
use crate::cognito::expect;
use crate::endpoint::{self, Endpoint, EndpointError};
use crate::error::{TokenError, shown};
use crate::http::Http;
use crate::jose::{Algorithm, Token, seconds_of, text_of};

/// The header in which a balancer sends the user's claims.
pub const OIDC_DATA: &str = "x-amzn-oidc-data";
/// The header in which a balancer sends the user's access token. The balancer's signature does not cover it: verify it with
/// [`CognitoVerifier::access_of_user`](crate::CognitoVerifier::access_of_user).
pub const OIDC_ACCESS_TOKEN: &str = "x-amzn-oidc-accesstoken";
/// The header in which a balancer sends the user's id. Nothing signs it: use [`AlbUser::subject`] instead.
pub const OIDC_IDENTITY: &str = "x-amzn-oidc-identity";

/// Verifies the claims that an Application Load Balancer sends in [`OIDC_DATA`] after it signed a user in: ES256 with a
/// key of the region's balancers, signed by this balancer, not expired. Clones share the keys.
///
/// All balancers of a region sign with the same keys: any AWS customer can get claims signed there. Therefore the
/// balancer's ARN is required.
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
    clients: Vec<String>,
    issuers: Vec<String>,
    leeway: Duration,
    keys: Keys,
}

/// A user whose claims a balancer has signed.
#[derive(Debug, Clone, PartialEq)]
pub struct AlbUser {
    subject: String,
    signer: String,
    expires_at: u64,
    claims: Map<String, Value>,
}

impl AlbVerifier {
    /// A verifier of the claims that a balancer signs. The balancer's ARN contains its region.
    pub fn new(balancer_arn: &str) -> Result<Self, EndpointError> {
        let region = region_of(balancer_arn)?;
        let keys = Keys::at(Endpoint::known(published(region)), Http::new());
        let signers = vec![balancer_arn.to_owned()];
        Ok(Self { signers, clients: Vec::new(), issuers: Vec::new(), leeway: clock::LEEWAY, keys })
    }

    /// Accepts another balancer as well, such as the one that an app moves from. It must be of the same region: balancers
    /// of another one sign with other keys.
    pub fn or_signer(mut self, balancer_arn: &str) -> Result<Self, EndpointError> {
        if region_of(balancer_arn)? != region_of(&self.signers[0])? {
            let expected = "the ARN of an Application Load Balancer in the region of the first one; use a verifier for each \
                            region";
            return Err(EndpointError { given: shown(balancer_arn), expected });
        }
        self.signers.push(balancer_arn.to_owned());
        Ok(self)
    }

    /// Accepts users who are signed in to this app client. Call it again for further app clients. Default: any that the
    /// balancer has a rule for.
    pub fn client(mut self, id: impl Into<String>) -> Self {
        self.clients.push(id.into());
        self
    }

    /// Accepts claims from this issuer, such as `https://cognito-idp.REGION.amazonaws.com/POOL_ID`. Call it again for
    /// further issuers. Default: any that the balancer has a rule for.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuers.push(issuer.into());
        self
    }

    /// How much the clocks may differ. Default: 10 seconds.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// The address of the balancers' public keys; a slash and a key's id are appended. Default: AWS's address for the
    /// balancer's region.
    pub fn keys_from(mut self, base: Endpoint) -> Self {
        self.keys = self.keys.base(base);
        self
    }

    /// The HTTP client that fetches keys. Default: a new one.
    pub fn http(mut self, http: Http) -> Self {
        self.keys = self.keys.http(http);
        self
    }

    /// The user of a request, from its header [`OIDC_DATA`], if the claims are valid.
    pub async fn verify(&self, header: &str) -> Result<AlbUser, TokenError> {
        self.verify_at(header, clock::now()).await
    }

    /// The same at another time than now, in seconds since 1970.
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

    /// Checks what needs no key: the header, and the claims that repeat its fields.
    fn check(&self, token: &Token<'_>, now: u64) -> Result<u64, TokenError> {
        expect(&token.header, "signer", &self.signers)?;
        if !self.clients.is_empty() {
            expect(&token.header, "client", &self.clients)?;
        }
        if !self.issuers.is_empty() {
            expect(&token.header, "iss", &self.issuers)?;
            if token.claims.contains_key("iss") {
                expect(&token.claims, "iss", [text_of(&token.header, "iss")?])?;
            }
        }
        // The issuer's user info can have times of its own, in other forms. `exp` is the balancer's if it is a time.
        if let Ok(Some(expires_at)) = seconds_of(&token.claims, "exp") {
            clock::check_expiry(expires_at, now, self.leeway)?;
        }
        clock::check(&token.header, now, self.leeway)
    }
}

impl AlbUser {
    /// The user's id at the issuer.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The user's email address, if the app client has the scope for it.
    pub fn email(&self) -> Option<&str> {
        self.claims.get("email")?.as_str()
    }

    /// The user's name in the pool.
    pub fn username(&self) -> Option<&str> {
        self.claims.get("username")?.as_str()
    }

    /// The ARN of the balancer that signed.
    pub fn signer(&self) -> &str {
        &self.signer
    }

    /// When the claims expire, in seconds since 1970: within minutes, because the balancer signs them for each request.
    pub fn expires_at(&self) -> u64 {
        self.expires_at
    }

    /// Every claim of the issuer's user info.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }
}

/// The region of an Application Load Balancer: `arn:PARTITION:elasticloadbalancing:REGION:ACCOUNT:loadbalancer/app/NAME/ID`.
fn region_of(arn: &str) -> Result<&str, EndpointError> {
    let expected = "the ARN of an Application Load Balancer: \
                    `arn:aws:elasticloadbalancing:REGION:ACCOUNT:loadbalancer/app/NAME/ID`";
    let wrong = || EndpointError { given: shown(arn), expected };
    let parts: Vec<&str> = arn.split(':').collect();
    let ["arn", partition, "elasticloadbalancing", region, account, resource] = parts[..] else { return Err(wrong()) };
    let parts: Vec<&str> = resource.split('/').collect();
    let ["loadbalancer", "app", name, id] = parts[..] else { return Err(wrong()) };
    let is_name =
        (1..=32).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let region = endpoint::region(region).map_err(|_| wrong())?;
    if is_name && is_id && is_account && partition == endpoint::partition(region) { Ok(region) } else { Err(wrong()) }
}

/// The address of the public keys of a region's balancers. In GovCloud it is a bucket.
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
    fn keys_are_at_the_documented_addresses() {
        assert_eq!(published("eu-west-1"), "https://public-keys.auth.elb.eu-west-1.amazonaws.com");
        assert_eq!(published("cn-north-1"), "https://public-keys.auth.elb.cn-north-1.amazonaws.com.cn");
        assert_eq!(published("eusc-de-east-1"), "https://public-keys.auth.elb.eusc-de-east-1.amazonaws.eu");
        assert_eq!(
            published("us-gov-east-1"),
            "https://s3-us-gov-east-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-east-1"
        );
    }

    #[test]
    fn only_arns_of_application_load_balancers_are_accepted() {
        let good = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/web/0123456789abcdef";
        for arn in [
            good,
            "arn:aws-us-gov:elasticloadbalancing:us-gov-west-1:111122223333:loadbalancer/app/web/0123456789abcdef",
            "arn:aws-cn:elasticloadbalancing:cn-north-1:111122223333:loadbalancer/app/web-2/0123456789abcdef",
            "arn:aws-eusc:elasticloadbalancing:eusc-de-east-1:111122223333:loadbalancer/app/web/0123456789abcdef",
            "arn:aws-iso-b:elasticloadbalancing:us-isob-east-1:111122223333:loadbalancer/app/web/0123456789abcdef",
        ] {
            assert!(AlbVerifier::new(arn).is_ok(), "{arn}");
        }
        let change = |from: &str, to: &str| good.replace(from, to);
        for bad in [
            String::new(),
            "web".into(),
            "arn:aws:s3:::bucket".into(),
            change("/app/", "/net/"),
            change("loadbalancer/app/", "targetgroup/"),
            change("eu-west-1", "evil.example/"),
            change("eu-west-1", ""),
            change("eu-west-1", "eu-west"),
            change("eu-west-1", "EU-WEST-1"),
            change("eu-west-1", "cn-north-1"),
            change("arn:aws:", "arn:aws-unsupported:"),
            change("arn:aws:", "arn:aws-cn:"),
            change("arn:aws:", "arn::"),
            change("arn:", "ARN:"),
            change("111122223333", ""),
            change("111122223333", "11112222333"),
            change("111122223333", "11112222333x"),
            change("/web/", "//"),
            change("/web/", "/"),
            change("/web/", "/we b/"),
            change("/0123456789abcdef", "/"),
            change("/0123456789abcdef", ""),
            format!("{good}/listener"),
            format!("{good}:x"),
            format!("{good}\n"),
            format!("{good}\r\n"),
            format!(" {good}"),
            change("/0123456789abcdef", "/0123\u{a0}"),
        ] {
            assert!(AlbVerifier::new(&bad).is_err(), "{bad}");
            assert!(AlbVerifier::new(good).unwrap().or_signer(&bad).is_err(), "{bad}");
        }
        assert!(AlbVerifier::new(good).unwrap().or_signer(&change("web", "new")).is_ok());
        let error = AlbVerifier::new(good).unwrap().or_signer(&change("eu-west-1", "us-east-1")).unwrap_err();
        assert!(error.to_string().contains("in the region of the first one"), "{error}");
    }
}
