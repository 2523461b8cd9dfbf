//! Domains of Cognito's sign-in pages and OAuth endpoints.

use purlin_cfn::cognito::{CfnUserPoolDomain, UserPoolDomainCustomDomainConfigType};
use purlin_construct::{Construct, Expr, HasScope, IntoValue, Ref, Scope, Value, sub};

use super::oauth::HasCodeGrant;
use super::pool::Domain;
use super::{FeaturePlan, InPool, UserPool, UserPoolClient, branding, url};
use crate::certificatemanager::Certificate;
use crate::check::Checks;
use crate::route53::AliasTarget;

/// The longest prefix, which is a label of a host name.
const LONGEST_PREFIX: usize = 63;
/// Words that Cognito reserves
/// (<https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html>).
const RESERVED: [&str; 3] = ["aws", "amazon", "cognito"];
/// CloudFront serves custom domains, and takes only certificates of this region.
const CERTIFICATE_REGION: &str = "us-east-1";
const REGISTERED_ONLY: &str = "Cognito redirects users to registered URLs only";

/// The sign-in pages of a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManagedLoginVersion {
    /// The hosted UI, the first generation.
    ClassicHostedUi,
    /// Managed login, with passkeys and a branding designer. Requires a feature plan other than Lite.
    NewerManagedLogin,
}

#[derive(Debug, Clone)]
enum Address {
    Prefix(Value<String>),
    Custom { name: Value<String>, certificate: Certificate },
}

/// The domain of a user pool.
#[derive(Debug, Clone)]
pub struct UserPoolDomain {
    scope: Scope,
    cfn: Option<Ref<CfnUserPoolDomain>>,
    name: Value<String>,
    is_custom: bool,
}

/// The recipe of a [`UserPoolDomain`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a pool"]
pub struct DomainProps {
    address: Address,
    version: Option<ManagedLoginVersion>,
}

impl DomainProps {
    /// `https://{prefix}.auth.{region}.amazoncognito.com`.
    ///
    /// A prefix has 1 to 63 lower-case letters, digits and hyphens, and no hyphen at its ends. It does not contain `aws`,
    /// `amazon` or `cognito`, and is unique in the region.
    pub fn prefix(prefix: impl IntoValue<String>) -> Self {
        Self { address: Address::Prefix(prefix.into_value()), version: None }
    }

    /// `https://{name}`, your own name, with a certificate in `us-east-1`.
    ///
    /// The parent of the name has to resolve to an address before the domain is made. Add a record from the name to
    /// [`UserPoolDomain::cloudfront_endpoint`]
    /// (<https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-add-custom-domain.html>).
    pub fn custom(name: impl IntoValue<String>, certificate: &Certificate) -> Self {
        let address = Address::Custom { name: name.into_value(), certificate: certificate.clone() };
        Self { address, version: None }
    }

    /// The sign-in pages of the domain; by default AWS's default, the classic hosted UI.
    ///
    /// Managed login has no pages for a client without a branding style. So each client of the pool with the code grant
    /// gets Cognito's own style, unless the app declares one; the patch `managed-login-branding`.
    pub fn managed_login_version(self, version: ManagedLoginVersion) -> Self {
        Self { version: Some(version), ..self }
    }

    /// The recipe, for a scope other than the pool's.
    pub fn in_pool(self, pool: &UserPool) -> InPool<Self> {
        InPool { recipe: self, pool: pool.clone() }
    }
}

impl UserPoolDomain {
    /// A domain of the stack's region that exists already, by its prefix.
    #[track_caller]
    pub fn from_prefix(scope: &impl HasScope, id: impl AsRef<str>, prefix: impl IntoValue<String>) -> Self {
        Self { scope: scope.scope().child(id), cfn: None, name: prefix.into_value(), is_custom: false }
    }

    /// A custom domain that exists already, by its full name.
    #[track_caller]
    pub fn from_custom_name(scope: &impl HasScope, id: impl AsRef<str>, name: impl IntoValue<String>) -> Self {
        Self { scope: scope.scope().child(id), cfn: None, name: name.into_value(), is_custom: true }
    }

    /// The raw resource; none for an imported domain.
    pub fn cfn(&self) -> Option<&Ref<CfnUserPoolDomain>> {
        self.cfn.as_ref()
    }

    /// The prefix, or the full name of a custom domain: `UserPoolDomain` of a load balancer's action.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }

    /// The target of a record for a custom domain: the name of a CloudFront distribution. None for an imported domain.
    pub fn cloudfront_endpoint(&self) -> Option<Value<String>> {
        let cfn = self.cfn.as_ref().filter(|_| self.is_custom)?;
        Some(cfn.att(CfnUserPoolDomain::ATTR_CLOUD_FRONT_DISTRIBUTION))
    }

    /// `https://..`, without a slash at the end.
    pub fn base_url(&self) -> Value<String> {
        self.url_at("auth")
    }

    /// The FIPS 140 endpoint, which prefix domains have in the United States.
    pub fn fips_base_url(&self) -> Value<String> {
        self.url_at("auth-fips")
    }

    fn url_at(&self, label: &str) -> Value<String> {
        if self.is_custom {
            return sub!("https://{}", self.name());
        }
        sub!("https://{}.{}.{}.amazoncognito.com", self.name(), label, self.scope.stack().region())
    }

    /// The sign-in page, from which users return with a code.
    ///
    /// The URL that they return to is registered as a callback URL of the client; the patch `register-callback-url`.
    pub fn sign_in_url<S, F: HasCodeGrant>(
        &self,
        client: &UserPoolClient<S, F>,
        redirect_uri: impl IntoValue<String>,
    ) -> Value<String> {
        let redirect_uri = redirect_uri.into_value();
        register_callback(client, &redirect_uri);
        let (base, id, encoded) = (self.base_url(), client.id(), url::encoded(&redirect_uri));
        sub!("{}/login?client_id={}&response_type=code&redirect_uri={}", base, id, encoded)
    }

    /// Signs users out and redirects them to the sign-in page; after the sign-in they go to the URL.
    ///
    /// The URL is registered as a callback URL of the client, as
    /// [Cognito requires](https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html), and as a
    /// sign-out URL; the patches `register-callback-url` and `register-logout-url`. It requests the scope `openid` with the
    /// state `STATE`.
    ///
    /// This does not remove the cookies of a load balancer: the application has to expire them.
    pub fn sign_out_url<S, F: HasCodeGrant>(
        &self,
        client: &UserPoolClient<S, F>,
        redirect_uri: impl IntoValue<String>,
    ) -> Value<String> {
        let redirect_uri = redirect_uri.into_value();
        register_callback(client, &redirect_uri);
        register_logout(client, &redirect_uri);
        let (base, id, encoded) = (self.base_url(), client.id(), url::encoded(&redirect_uri));
        sub!("{}/logout?client_id={}&redirect_uri={}&response_type=code&state=STATE&scope=openid", base, id, encoded)
    }

    /// Signs users out and redirects them to a page (`logout_uri`).
    ///
    /// The page is registered as a sign-out URL of the client; the patch `register-logout-url`.
    pub fn sign_out_page_url<S, F: HasCodeGrant>(
        &self,
        client: &UserPoolClient<S, F>,
        logout_uri: impl IntoValue<String>,
    ) -> Value<String> {
        let logout_uri = logout_uri.into_value();
        register_logout(client, &logout_uri);
        sub!("{}/logout?client_id={}&logout_uri={}", self.base_url(), client.id(), url::encoded(&logout_uri))
    }
}

fn named(url: &Value<String>) -> String {
    url.as_str().map_or_else(|| "a URL known after deployment".to_owned(), |url| format!("`{url}`"))
}

fn register_callback<S, F: HasCodeGrant>(client: &UserPoolClient<S, F>, url: &Value<String>) {
    if client.callback_urls().contains(url) {
        return;
    }
    let what = format!("callback URL {} of the client", named(url));
    if client.scope().patch("register-callback-url", what, REGISTERED_ONLY) {
        client.add_callback_url(url);
    } else {
        warn_if_unregistered(client, "CallbackURLs", url);
    }
}

fn register_logout<S, F: HasCodeGrant>(client: &UserPoolClient<S, F>, url: &Value<String>) {
    if client.logout_urls().contains(url) {
        return;
    }
    let what = format!("sign-out URL {} of the client", named(url));
    if client.scope().patch("register-logout-url", what, REGISTERED_ONLY) {
        client.add_logout_url(url);
    } else {
        warn_if_unregistered(client, "LogoutURLs", url);
    }
}

/// Warns when the tree is complete, because the URL may still be added.
fn warn_if_unregistered<S, F>(client: &UserPoolClient<S, F>, property: &'static str, url: &Value<String>) {
    let (resource, url) = (client.cfn().scope().clone(), url.clone());
    client.scope().validate(move |scope| {
        let registered = resource.property(property);
        if !registered.as_ref().and_then(Expr::as_list).is_some_and(|urls| urls.contains(url.expr())) {
            scope.warning(
                format!("{} is not in the `{property}` of the client; {REGISTERED_ONLY}", named(&url)),
                "register it with the client",
            );
        }
    });
}

impl HasScope for UserPoolDomain {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

impl From<&UserPoolDomain> for AliasTarget {
    /// The target of a record for a custom domain: `ARecord::props(&zone, RecordTarget::alias(&domain))`.
    fn from(domain: &UserPoolDomain) -> Self {
        let endpoint = domain.cloudfront_endpoint().unwrap_or_else(|| {
            domain.scope.error(
                "a record points to a user pool domain that is not a custom domain of this app",
                "remove the record: a prefix has one already, and an imported domain where it is made",
            );
            domain.name()
        });
        Self::cloudfront(endpoint)
    }
}

impl Construct for InPool<DomainProps> {
    type Handle = UserPoolDomain;
    fn build(self, scope: Scope) -> UserPoolDomain {
        let (recipe, pool) = (self.recipe, self.pool);
        let is_custom = matches!(recipe.address, Address::Custom { .. });
        let mut domain = match recipe.address {
            Address::Prefix(prefix) => {
                check_prefix(&scope, prefix.as_str());
                CfnUserPoolDomain::new(prefix, pool.id())
            }
            Address::Custom { name, certificate } => {
                check_name(&scope, name.as_str());
                check_certificate(&scope, &certificate);
                let config = UserPoolDomainCustomDomainConfigType::new().certificate_arn(certificate.arn());
                CfnUserPoolDomain::new(name, pool.id()).custom_domain_config(config)
            }
        };
        if let Some(version) = recipe.version {
            domain = domain.managed_login_version(if version == ManagedLoginVersion::ClassicHostedUi { 1 } else { 2 });
        }
        let known = Domain { scope: scope.clone(), is_custom, version: recipe.version };
        if let Some(other) = pool.shared().register_domain(known) {
            let kind = if is_custom { "custom domains" } else { "domain prefixes" };
            scope.error(
                format!("the user pool has two {kind}, this one and `{}`, but AWS takes one", other.path()),
                "remove one of them; a pool can have one prefix and one custom domain",
            );
        }
        let cfn = scope.add("Resource", domain);
        if recipe.version == Some(ManagedLoginVersion::NewerManagedLogin) {
            check_plan(&scope, &pool);
            branding::complete(&scope, &pool);
        }
        UserPoolDomain { name: cfn.id(), cfn: Some(cfn), scope, is_custom }
    }
}

fn check_plan(scope: &Scope, pool: &UserPool) {
    if pool.shared().plan() == Some(FeaturePlan::Lite) {
        scope.error(
            "managed login is not part of the feature plan Lite of the pool",
            "choose `FeaturePlan::Essentials` or `Plus`, or `ManagedLoginVersion::ClassicHostedUi`",
        );
    }
}

fn check_prefix(scope: &Scope, prefix: Option<&str>) {
    let Some(prefix) = prefix else { return };
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let check = scope.check("the domain prefix").hint("write it like `acme-shop-test`");
    check.characters(prefix, 1..=LONGEST_PREFIX, is_allowed, "lower-case letters, digits and hyphens");
    if prefix.starts_with('-') || prefix.ends_with('-') {
        scope.error(format!("the domain prefix `{prefix}` begins or ends with a hyphen"), "remove the hyphen");
    }
    if let Some(word) = RESERVED.iter().find(|word| prefix.to_ascii_lowercase().contains(**word)) {
        scope.error(
            format!("the domain prefix `{prefix}` contains the word `{word}`, which AWS reserves"),
            "choose a prefix without `aws`, `amazon` and `cognito`",
        );
    }
}

fn check_name(scope: &Scope, name: Option<&str>) {
    let Some(name) = name else { return };
    let is_label = |label: &str| {
        let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        (1..=63).contains(&label.len())
            && label.chars().all(is_allowed)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if name.split('.').count() < 3 || !name.split('.').all(is_label) {
        scope.error(
            format!("the custom domain is `{name}`, but AWS takes lower-case names with at least three labels"),
            "write it like `auth.example.com`: its parent, `example.com`, has to resolve to an address",
        );
    }
}

/// Reports a certificate that is known to be in another region.
fn check_certificate(scope: &Scope, certificate: &Certificate) {
    if let Some(region) = certificate.region()
        && region != CERTIFICATE_REGION
    {
        scope.error(
            format!(
                "the custom domain's certificate is in `{region}`, but AWS takes one of `{CERTIFICATE_REGION}` only"
            ),
            format!("make it in a stack of `{CERTIFICATE_REGION}`, or import one from there by its ARN"),
        );
    }
}
