//! Branding styles: managed login shows no page of a client that has none.

use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use purlin_cfn::cognito::{CfnManagedLoginBranding, ManagedLoginBrandingAssetType};
use purlin_construct::{Construct, HasScope, IntoValue, Json, Ref, Scope, Value, Word};

use super::oauth::HasCodeGrant;
use super::{ManagedLoginVersion, UserPool, UserPoolClient};

/// Cognito takes no more images in a style, and no larger ones
/// (<https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateManagedLoginBranding.html>).
const MOST_ASSETS: usize = 40;
const LONGEST_ASSET: usize = 1_000_000;
/// A whole template, which images are a part of, is no larger.
const LONGEST_ALTOGETHER: usize = 900_000;

/// How the pages of managed login look for a client.
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

/// Where an image is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BrandingAssetCategory {
    /// The icon of the page, in the form `ICO`.
    FaviconIco,
    /// The icon of the page, in the form `SVG`.
    FaviconSvg,
    /// Beside what is about email.
    EmailGraphic,
    /// Beside what is about text messages.
    SmsGraphic,
    /// Beside what is about authenticator apps.
    AuthAppGraphic,
    /// Beside what is about passwords.
    PasswordGraphic,
    /// Beside what is about passkeys.
    PasskeyGraphic,
    /// The logo at the top of the page.
    PageHeaderLogo,
    /// Behind the top of the page.
    PageHeaderBackground,
    /// The logo at the bottom of the page.
    PageFooterLogo,
    /// Behind the bottom of the page.
    PageFooterBackground,
    /// Behind the page.
    PageBackground,
    /// Behind the form.
    FormBackground,
    /// The logo of the form.
    FormLogo,
    /// On the button of an identity provider; say of which by [`BrandingAsset::resource_id`].
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

/// In which of a browser's modes an image is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColorMode {
    /// Where the page is light.
    Light,
    /// Where the page is dark.
    Dark,
    /// In both.
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

/// An image of a style, up to 750 kB. It is a part of the template.
#[derive(Debug, Clone)]
pub struct BrandingAsset {
    category: BrandingAssetCategory,
    mode: ColorMode,
    form: &'static str,
    base64: String,
    resource_id: Option<Value<String>>,
}

impl BrandingAsset {
    /// An image in the form SVG, such as `include_bytes!("logo.svg")`.
    pub fn svg(category: BrandingAssetCategory, mode: ColorMode, image: impl AsRef<[u8]>) -> Self {
        Self::of(category, mode, "SVG", image.as_ref())
    }

    /// An image in the form PNG.
    pub fn png(category: BrandingAssetCategory, mode: ColorMode, image: impl AsRef<[u8]>) -> Self {
        Self::of(category, mode, "PNG", image.as_ref())
    }

    /// An image in the form JPEG.
    pub fn jpeg(category: BrandingAssetCategory, mode: ColorMode, image: impl AsRef<[u8]>) -> Self {
        Self::of(category, mode, "JPEG", image.as_ref())
    }

    /// An image in the form WebP.
    pub fn webp(category: BrandingAssetCategory, mode: ColorMode, image: impl AsRef<[u8]>) -> Self {
        Self::of(category, mode, "WEBP", image.as_ref())
    }

    /// An image in the form ICO.
    pub fn ico(category: BrandingAssetCategory, mode: ColorMode, image: impl AsRef<[u8]>) -> Self {
        Self::of(category, mode, "ICO", image.as_ref())
    }

    fn of(category: BrandingAssetCategory, mode: ColorMode, form: &'static str, image: &[u8]) -> Self {
        Self { category, mode, form, base64: STANDARD.encode(image), resource_id: None }
    }

    /// The id that the image's settings name it by, for example that of an identity provider's button.
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
    /// Cognito's own style for the client, unless the recipe says more.
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
    /// The settings, as the branding designer exports them; what they leave out is Cognito's
    /// (<https://docs.aws.amazon.com/cognito/latest/developerguide/managed-login-brandingeditor.html>).
    pub fn settings(self, settings: impl IntoValue<Json>) -> Self {
        Self { settings: Some(settings.into_value()), ..self }
    }

    /// Adds an image. There is one of a category and mode.
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
        let count = self.assets.len();
        if count > MOST_ASSETS {
            scope.error(format!("the style has {count} images, Cognito takes {MOST_ASSETS}"), "remove some");
        }
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
        if size > LONGEST_ALTOGETHER {
            scope.error(
                format!("the images have {size} characters in Base64, more than fit into a template of 1 MB"),
                "make them smaller: vectors instead of photographs",
            );
        }
    }
}

fn check_asset(scope: &Scope, asset: &BrandingAsset) {
    let (category, form, size) = (asset.category.name(), asset.form, asset.base64.len());
    if size == 0 || size > LONGEST_ASSET {
        scope.error(
            format!("the image `{category}` has {size} characters in Base64, Cognito takes 1 to {LONGEST_ASSET}"),
            "give an image of up to 750 kB",
        );
    }
    let only = match asset.category {
        BrandingAssetCategory::FaviconIco => Some("ICO"),
        BrandingAssetCategory::FaviconSvg => Some("SVG"),
        _ => None,
    };
    if let Some(only) = only.filter(|only| *only != form) {
        scope.error(
            format!("the image `{category}` has the form `{form}`, it has to be `{only}`"),
            "choose the other of `FaviconIco` and `FaviconSvg`, or another image",
        );
    }
}

impl Construct for ManagedLoginBrandingProps {
    type Handle = ManagedLoginBranding;
    fn build(self, scope: Scope) -> ManagedLoginBranding {
        self.check(&scope);
        if is_branded(&scope.root(), &self.client) {
            scope.error("the client has two branding styles, Cognito takes one", "remove one of them");
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
                "the branding style is for managed login, but the pool's domain does not show that",
                "say `.managed_login_version(ManagedLoginVersion::NewerManagedLogin)` of the domain, \
                 or style the classic pages by `UiCustomization`",
            );
        }
    });
}

/// When the tree is finished, gives Cognito's own style to the clients that the app declares no style for.
pub(super) fn complete(domain: &Scope, pool: &UserPool) {
    let (shared, pool) = (Rc::clone(pool.shared_rc()), pool.id());
    domain.finally(move |domain| {
        for (client, id) in shared.clients() {
            if is_branded(&domain.root(), &id) {
                continue;
            }
            let what = "Cognito's own branding style is assigned to the client";
            let why = "the domain shows managed login, which has no pages for a client without a style";
            if client.patch("managed-login-branding", what, why) {
                let style = CfnManagedLoginBranding::new(&pool).client_id(id).use_cognito_provided_values(true);
                client.add("Branding", style);
            } else {
                client.warning(
                    "the client has no branding style, so managed login shows none of its pages",
                    "declare a `ManagedLoginBranding` for it, or leave the patch `managed-login-branding` on",
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
