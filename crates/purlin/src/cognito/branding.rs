//! Branding styles of managed login, which every client requires.

use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use purlin_cfn::cognito::{CfnManagedLoginBranding, ManagedLoginBrandingAssetType};
use purlin_construct::{Construct, HasScope, IntoValue, Json, Ref, Scope, Value, Word};

use super::oauth::HasCodeGrant;
use super::{ManagedLoginVersion, UserPool, UserPoolClient};
use crate::check::Checks;

/// The largest image in Base64
/// (<https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateManagedLoginBranding.html>).
const LONGEST_ASSET: usize = 1_000_000;
/// The limit of all images together, which have to fit in the template.
const LONGEST_TOGETHER: usize = 900_000;

/// The style of a client's pages in managed login.
///
/// ```
/// use purlin::cognito::{BrandingAsset, BrandingAssetCategory, ColorMode, DomainProps, ManagedLoginBranding};
/// use purlin::cognito::{ManagedLoginVersion, OAuthScope, UserPool, UserPoolClient};
/// use purlin::{App, Stack};
///
/// let app = App::new();
/// let stack = app.add("Login", Stack::props());
/// let users = stack.add("Users", UserPool::props());
/// let pages = DomainProps::prefix("acme-shop").managed_login_version(ManagedLoginVersion::NewerManagedLogin);
/// users.add_domain("Domain", pages);
/// let client = UserPoolClient::props()
///     .authorization_code_grant([OAuthScope::OPENID])
///     .callback_url("https://shop.example.com/callback");
/// let client = users.add_client("Web", client);
/// let logo = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'><circle cx='4' cy='4' r='4'/></svg>";
/// let logo = BrandingAsset::svg(BrandingAssetCategory::FormLogo, ColorMode::Light, logo);
/// stack.add("Style", ManagedLoginBranding::props(&client).asset(logo));
/// # assert!(app.synth().is_ok());
/// ```
#[derive(Debug, Clone)]
pub struct ManagedLoginBranding {
    cfn: Ref<CfnManagedLoginBranding>,
}

/// The recipe of a [`ManagedLoginBranding`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct ManagedLoginBrandingProps {
    client: Value<String>,
    pool: UserPool,
    settings: Option<Value<Json>>,
    assets: Vec<BrandingAsset>,
}

/// The place of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BrandingAssetCategory {
    /// The icon of the page, in the format `ICO`.
    FaviconIco,
    /// The icon of the page, in the format `SVG`.
    FaviconSvg,
    /// The graphic of email steps.
    EmailGraphic,
    /// The graphic of text message steps.
    SmsGraphic,
    /// The graphic of authenticator app steps.
    AuthAppGraphic,
    /// The graphic of password steps.
    PasswordGraphic,
    /// The graphic of passkey steps.
    PasskeyGraphic,
    /// The logo in the header of the page.
    PageHeaderLogo,
    /// The background of the header.
    PageHeaderBackground,
    /// The logo in the footer of the page.
    PageFooterLogo,
    /// The background of the footer.
    PageFooterBackground,
    /// The background of the page.
    PageBackground,
    /// The background of the form.
    FormBackground,
    /// The logo of the form.
    FormLogo,
    /// The icon on the button of an identity provider, which [`BrandingAsset::resource_id`] selects.
    IdpButtonIcon,
}

impl BrandingAssetCategory {
    fn name(self) -> &'static str {
        match self {
            Self::FaviconIco => "FAVICON_ICO",
            Self::FaviconSvg => "FAVICON_SVG",
            Self::EmailGraphic => "EMAIL_GRAPHIC",
            Self::SmsGraphic => "SMS_GRAPHIC",
            Self::AuthAppGraphic => "AUTH_APP_GRAPHIC",
            Self::PasswordGraphic => "PASSWORD_GRAPHIC",
            Self::PasskeyGraphic => "PASSKEY_GRAPHIC",
            Self::PageHeaderLogo => "PAGE_HEADER_LOGO",
            Self::PageHeaderBackground => "PAGE_HEADER_BACKGROUND",
            Self::PageFooterLogo => "PAGE_FOOTER_LOGO",
            Self::PageFooterBackground => "PAGE_FOOTER_BACKGROUND",
            Self::PageBackground => "PAGE_BACKGROUND",
            Self::FormBackground => "FORM_BACKGROUND",
            Self::FormLogo => "FORM_LOGO",
            Self::IdpButtonIcon => "IDP_BUTTON_ICON",
        }
    }
}

/// The color mode of the browser in which an image is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColorMode {
    /// Light.
    Light,
    /// Dark.
    Dark,
    /// Both.
    Dynamic,
}

impl ColorMode {
    fn name(self) -> &'static str {
        match self {
            Self::Light => "LIGHT",
            Self::Dark => "DARK",
            Self::Dynamic => "DYNAMIC",
        }
    }
}

/// An image of a style, up to 750 kB. It is part of the template.
#[derive(Debug, Clone)]
pub struct BrandingAsset {
    category: BrandingAssetCategory,
    mode: ColorMode,
    form: &'static str,
    base64: String,
    resource_id: Option<Value<String>>,
}

impl BrandingAsset {
    /// An image in the format SVG, such as `include_bytes!("logo.svg")`.
    pub fn svg(category: BrandingAssetCategory, mode: ColorMode, image: impl AsRef<[u8]>) -> Self {
        Self::of(category, mode, "SVG", image.as_ref())
    }

    /// An image in the format PNG.
    pub fn png(category: BrandingAssetCategory, mode: ColorMode, image: impl AsRef<[u8]>) -> Self {
        Self::of(category, mode, "PNG", image.as_ref())
    }

    /// An image in the format JPEG.
    pub fn jpeg(category: BrandingAssetCategory, mode: ColorMode, image: impl AsRef<[u8]>) -> Self {
        Self::of(category, mode, "JPEG", image.as_ref())
    }

    /// An image in the format WebP.
    pub fn webp(category: BrandingAssetCategory, mode: ColorMode, image: impl AsRef<[u8]>) -> Self {
        Self::of(category, mode, "WEBP", image.as_ref())
    }

    /// An image in the format ICO.
    pub fn ico(category: BrandingAssetCategory, mode: ColorMode, image: impl AsRef<[u8]>) -> Self {
        Self::of(category, mode, "ICO", image.as_ref())
    }

    fn of(category: BrandingAssetCategory, mode: ColorMode, form: &'static str, image: &[u8]) -> Self {
        Self { category, mode, form, base64: STANDARD.encode(image), resource_id: None }
    }

    /// The id by which settings refer to the image, for example that of an identity provider's button.
    #[must_use]
    pub fn resource_id(self, id: impl IntoValue<String>) -> Self {
        Self { resource_id: Some(id.into_value()), ..self }
    }

    fn raw(&self) -> ManagedLoginBrandingAssetType {
        let (category, mode) = (Word::known(self.category.name()), Word::known(self.mode.name()));
        let asset =
            ManagedLoginBrandingAssetType::new(category, mode, Word::known(self.form)).bytes(self.base64.as_str());
        match &self.resource_id {
            Some(id) => asset.resource_id(id),
            None => asset,
        }
    }
}

impl ManagedLoginBranding {
    /// Cognito's own style for the client, unless the recipe changes it.
    pub fn props<S, F: HasCodeGrant>(client: &UserPoolClient<S, F>) -> ManagedLoginBrandingProps {
        let pool = client.pool().clone();
        ManagedLoginBrandingProps { client: client.id(), pool, settings: None, assets: Vec::new() }
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnManagedLoginBranding> {
        &self.cfn
    }

    /// The id of the style.
    pub fn id(&self) -> Value<String> {
        self.cfn.att(CfnManagedLoginBranding::ATTR_MANAGED_LOGIN_BRANDING_ID)
    }
}

impl HasScope for ManagedLoginBranding {
    fn scope(&self) -> &Scope {
        self.cfn.scope()
    }
}

impl ManagedLoginBrandingProps {
    /// The settings, as the branding designer exports them; others keep Cognito's defaults
    /// (<https://docs.aws.amazon.com/cognito/latest/developerguide/managed-login-brandingeditor.html>).
    pub fn settings(self, settings: impl IntoValue<Json>) -> Self {
        Self { settings: Some(settings.into_value()), ..self }
    }

    /// Adds an image, one for each category and mode.
    pub fn asset(mut self, asset: BrandingAsset) -> Self {
        self.assets.push(asset);
        self
    }

    /// Adds images.
    pub fn assets(mut self, assets: impl IntoIterator<Item = BrandingAsset>) -> Self {
        self.assets.extend(assets);
        self
    }

    fn check(&self, scope: &Scope) {
        for (at, asset) in self.assets.iter().enumerate() {
            check_asset(scope, asset);
            let is_same = |other: &&BrandingAsset| {
                (other.category, other.mode) == (asset.category, asset.mode) && other.resource_id == asset.resource_id
            };
            if self.assets[..at].iter().any(|other| is_same(&other)) {
                let (category, mode) = (asset.category.name(), asset.mode.name());
                scope.error(format!("the style has two images `{category}` for the mode `{mode}`"), "remove one");
            }
        }
        let size: usize = self.assets.iter().map(|asset| asset.base64.len()).sum();
        let check = scope.check("the style").hint("make the images smaller: the template has at most 1 MB");
        check.count("characters of images in Base64", size, ..=LONGEST_TOGETHER);
    }
}

fn check_asset(scope: &Scope, asset: &BrandingAsset) {
    let (category, form, size) = (asset.category.name(), asset.form, asset.base64.len());
    let check = scope.check(format!("the image `{category}`")).hint("pass an image of up to 750 kB");
    check.count("characters in Base64", size, 1..=LONGEST_ASSET);
    let only = match asset.category {
        BrandingAssetCategory::FaviconIco => Some("ICO"),
        BrandingAssetCategory::FaviconSvg => Some("SVG"),
        _ => None,
    };
    if let Some(only) = only.filter(|only| *only != form) {
        scope.error(
            format!("the image `{category}` has the format `{form}`, but AWS takes `{only}`"),
            "use the other of `FaviconIco` and `FaviconSvg`, or another image",
        );
    }
}

impl Construct for ManagedLoginBrandingProps {
    type Handle = ManagedLoginBranding;
    fn build(self, scope: Scope) -> ManagedLoginBranding {
        self.check(&scope);
        if is_branded(&scope.root(), &self.client) {
            scope.error("the client has two branding styles, but AWS takes one", "remove one of them");
        }
        let mut style = CfnManagedLoginBranding::new(self.pool.id()).client_id(self.client.clone());
        if self.settings.is_none() && self.assets.is_empty() {
            style = style.use_cognito_provided_values(true);
        }
        if let Some(settings) = &self.settings {
            style = style.settings(settings);
        }
        if !self.assets.is_empty() {
            style = style.assets(self.assets.iter().map(BrandingAsset::raw).collect::<Vec<_>>());
        }
        let cfn = scope.add("Resource", style);
        warn_if_unused(&scope, self.pool);
        ManagedLoginBranding { cfn }
    }
}

fn warn_if_unused(scope: &Scope, pool: UserPool) {
    scope.validate(move |scope| {
        let domains = pool.shared().domains();
        let is_managed = |version| version == Some(ManagedLoginVersion::NewerManagedLogin);
        if !domains.is_empty() && !domains.iter().any(|domain| is_managed(domain.version)) {
            scope.warning(
                "the branding style is for managed login, but the pool's domain does not have it",
                "add `.managed_login_version(ManagedLoginVersion::NewerManagedLogin)` to the domain, or style the \
                 classic pages with `UiCustomization`",
            );
        }
    });
}

/// When the tree is complete, adds Cognito's own style for clients without a style in the app.
pub(super) fn complete(domain: &Scope, pool: &UserPool) {
    let (shared, pool) = (Rc::clone(pool.shared_rc()), pool.id());
    domain.finally(move |domain| {
        for (client, id) in shared.clients() {
            if is_branded(&domain.root(), &id) {
                continue;
            }
            let what = "Cognito's default branding style for the client";
            let why = "managed login has no pages for a client without a style";
            if client.patch("managed-login-branding", what, why) {
                let style = CfnManagedLoginBranding::new(&pool).client_id(id).use_cognito_provided_values(true);
                client.add("Branding", style);
            } else {
                client.warning(
                    "the client has no branding style, so managed login has no pages for it",
                    "declare a `ManagedLoginBranding` for it, or do not turn the patch `managed-login-branding` off",
                );
            }
        }
    });
}

fn is_branded(root: &Scope, client: &Value<String>) -> bool {
    root.scope().descendants().into_iter().any(|scope| {
        scope.resource_type().as_deref() == Some("AWS::Cognito::ManagedLoginBranding")
            && scope.property("ClientId").as_ref() == Some(client.expr())
    })
}
