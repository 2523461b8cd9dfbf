//! The style sheet of the classic hosted UI, with the classes that Cognito allows.

use purlin_cfn::cognito::CfnUserPoolUICustomizationAttachment;
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, Value};

use super::{InPool, ManagedLoginVersion, UserPool, UserPoolClient};
use crate::check::Checks;

/// The longest style sheet.
const LONGEST: usize = 131_072;
/// The length that AWS recommends, so that a request with a logo is not too large.
const ADVISED: usize = 3_000;
/// The classes that may be styled
/// (<https://docs.aws.amazon.com/cognito/latest/developerguide/hosted-ui-classic-branding.html>).
const CLASSES: [&str; 18] = [
    "background-customizable",
    "banner-customizable",
    "errorMessage-customizable",
    "idpButton-customizable",
    "idpButton-customizable:hover",
    "idpDescription-customizable",
    "inputField-customizable",
    "inputField-customizable:focus",
    "label-customizable",
    "legalText-customizable",
    "logo-customizable",
    "passwordCheck-notValid-customizable",
    "passwordCheck-valid-customizable",
    "redirect-customizable",
    "socialButton-customizable",
    "submitButton-customizable",
    "submitButton-customizable:hover",
    "textDescription-customizable",
];

/// The style sheet of the classic hosted UI, for one client or for all clients without their own.
///
/// It is made after the domains of the pool, which Cognito requires. CloudFormation cannot set a logo: call
/// `SetUICustomization` with logo and style sheet. Managed login has
/// [`ManagedLoginBranding`](super::ManagedLoginBranding) instead.
///
/// ```
/// use purlin::cognito::{DomainProps, UiCustomization, UserPool};
/// use purlin::{App, Stack};
///
/// let app = App::new();
/// let stack = app.add("Login", Stack::props());
/// let users = stack.add("Users", UserPool::props());
/// users.add_domain("Domain", DomainProps::prefix("acme-shop"));
/// users.add_ui_customization("Look", UiCustomization::css(".banner-customizable { background: #0b5cab; }"));
/// # assert!(app.synth().is_ok());
/// ```
#[derive(Debug, Clone)]
pub struct UiCustomization {
    cfn: Ref<CfnUserPoolUICustomizationAttachment>,
}

/// The recipe of a [`UiCustomization`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a pool"]
pub struct UiCustomizationProps {
    css: Value<String>,
    client: Option<Value<String>>,
}

impl UiCustomization {
    /// A style sheet for every client without its own: up to 131072 characters, only Cognito's classes, without
    /// `@`-rules.
    pub fn css(css: impl IntoValue<String>) -> UiCustomizationProps {
        UiCustomizationProps { css: css.into_value(), client: None }
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnUserPoolUICustomizationAttachment> {
        &self.cfn
    }
}

impl HasScope for UiCustomization {
    fn scope(&self) -> &Scope {
        self.cfn.scope()
    }
}

impl UiCustomizationProps {
    /// Only for this client, instead of the style sheet for all.
    pub fn client<S, F>(self, client: &UserPoolClient<S, F>) -> Self {
        Self { client: Some(client.id()), ..self }
    }

    /// The recipe, for a scope other than the pool's.
    pub fn in_pool(self, pool: &UserPool) -> InPool<Self> {
        InPool { recipe: self, pool: pool.clone() }
    }
}

impl Construct for InPool<UiCustomizationProps> {
    type Handle = UiCustomization;
    fn build(self, scope: Scope) -> UiCustomization {
        let (recipe, pool) = (self.recipe, self.pool);
        check_css(&scope, &recipe.css);
        if let Some(other) = pool.shared().register_customization(&scope, recipe.client.clone()) {
            let clients = if recipe.client.is_some() { "the client" } else { "all clients of the pool" };
            scope.error(
                format!("the style sheet is for {clients}, and so is that of `{}`", other.path()),
                "remove one of them, or set the client of one with `.client(&client)`",
            );
        }
        let client = recipe.client.unwrap_or_else(|| "ALL".into_value());
        let cfn = scope.add("Resource", CfnUserPoolUICustomizationAttachment::new(client, pool.id()).css(recipe.css));
        wait_for_domains(&scope, pool);
        UiCustomization { cfn }
    }
}

/// Creates the style sheet after the domains: Cognito refuses it without one, and does not use it for managed login.
fn wait_for_domains(scope: &Scope, pool: UserPool) {
    scope.finally(move |scope| {
        let domains = pool.shared().domains();
        for domain in &domains {
            scope.depends_on(&domain.scope);
        }
        if domains.is_empty() && pool.cfn().is_some() {
            scope.error(
                "the sign-in pages have a style sheet, but the pool has no domain for them",
                "add one: `users.add_domain(\"Domain\", DomainProps::prefix(\"..\"))`",
            );
        }
        let is_managed = |version| version == Some(ManagedLoginVersion::NewerManagedLogin);
        if !domains.is_empty() && domains.iter().all(|domain| is_managed(domain.version)) {
            scope.warning(
                "the style sheet is for the classic hosted UI, but the pool's domain shows managed login",
                "declare a `ManagedLoginBranding` for the client, or choose `ManagedLoginVersion::ClassicHostedUi`",
            );
        }
    });
}

fn check_css(scope: &Scope, css: &Value<String>) {
    let Some(css) = css.as_str() else { return };
    let length = css.chars().count();
    scope.check("the style sheet").length(css, ..=LONGEST);
    if (ADVISED + 1..=LONGEST).contains(&length) {
        scope.warning(
            format!("the style sheet has {length} characters, but AWS recommends at most {ADVISED} if there is a logo"),
            "shorten it",
        );
    }
    let bare = without_comments(css);
    if let Some(rule) = bare.find('@').map(|at| &bare[at..]) {
        let rule: String = rule.chars().take_while(|c| !c.is_whitespace() && *c != '{').collect();
        scope.error(
            format!("the style sheet has the rule `{rule}`, but AWS takes no `@`-rules"),
            "remove it: only plain rules for Cognito's classes are allowed",
        );
        return;
    }
    for selector in selectors(&bare) {
        if !selector.strip_prefix('.').is_some_and(|class| CLASSES.contains(&class)) {
            scope.error(
                format!("the style sheet has the selector `{selector}`, but AWS takes only Cognito's classes"),
                "use one class, such as `.submitButton-customizable` or `.inputField-customizable:focus`",
            );
        }
    }
}

fn without_comments(css: &str) -> String {
    let mut bare = String::new();
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("/*") {
        bare.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    bare + rest
}

/// The selectors of all blocks, trimmed.
fn selectors(css: &str) -> impl Iterator<Item = &str> {
    let heads = css.split('}').filter_map(|rule| rule.split_once('{').map(|(head, _)| head));
    heads.flat_map(|head| head.split(',')).map(str::trim)
}
