//! Checks of identity providers for what Cognito refuses, at deployment or at each sign-in.

use purlin_cfn::cognito::CfnUserPoolIdentityProvider;
use purlin_construct::{Expr, Ref, Scope, Value};

use super::{ProviderKind, UserPoolIdentityProviderProps, mapping};
use crate::check::Checks;
use crate::cognito::UserPool;
use crate::cognito::attributes::Schema;
use crate::cognito::pool::Provider;

/// The length of a custom attribute for a token of the provider.
const TOKEN_LENGTH: u32 = 2048;
/// The names of Cognito's own providers.
const OWN_NAMES: [&str; 5] = ["COGNITO", "Facebook", "Google", "LoginWithAmazon", "SignInWithApple"];

pub(super) fn all<K: ProviderKind>(scope: &Scope, provider: &UserPoolIdentityProviderProps<K>, pool: &UserPool) {
    let scopes = provider.scope_names();
    provider.kind.check(scope, &scopes);
    let has_own_name = provider.name.as_str() == Some(provider.kind.type_name());
    if !has_own_name {
        name(scope, &provider.name);
    }
    if let Some((_, value)) = provider.kind.secret() {
        secret(scope, &value.dynamic_reference());
    }
    for each in &scopes {
        if each.is_empty() || each.contains(|c: char| c.is_whitespace() || c == ',') {
            scope.error(
                format!("`{each}` is not one scope of the identity provider"),
                "pass them one by one: `.scopes([\"openid\", \"email\"])`",
            );
        }
    }
    let is_allowed = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_+=.@-".contains(c);
    for each in &provider.identifiers {
        let hint = "use for example the domain of the users' email addresses, `example.com`";
        let check = scope.check("an identifier of the identity provider").hint(hint);
        check.characters(each, 1..=40, is_allowed, "letters, digits, blanks and `_+=.@-`");
    }
    if let Some(schema) = pool.shared().schema() {
        mapped(scope, &provider.mapping, schema);
    }
    let name = provider.name.as_str().map(str::to_owned);
    let known = Provider { scope: scope.clone(), name, identifiers: provider.identifiers.clone() };
    for (what, other) in pool.shared().register_provider(known) {
        scope.error(
            format!("{what} is also that of `{}`, another identity provider of the pool", other.path()),
            "names and identifiers are unique in a pool: choose another, or remove one of the two",
        );
    }
}

/// Warns of a provider that no client of the app has, when the tree is complete.
pub(super) fn is_used(scope: &Scope, cfn: &Ref<CfnUserPoolIdentityProvider>, name: &Value<String>, pool: &UserPool) {
    let (pool, reference, name) = (pool.id(), cfn.id(), name.clone());
    scope.validate(move |scope| {
        let is_client = |at: &Scope| {
            at.resource_type().as_deref() == Some("AWS::Cognito::UserPoolClient")
                && at.property("UserPoolId").as_ref() == Some(pool.expr())
        };
        let names = |client: &Scope| match client.property("SupportedIdentityProviders") {
            Some(Expr::List(all)) => all.iter().any(|each| each == reference.expr() || each == name.expr()),
            found => found.is_some(),
        };
        let clients: Vec<Scope> = scope.root().descendants().into_iter().filter(is_client).collect();
        if !clients.is_empty() && !clients.iter().any(names) {
            scope.warning(
                "no client of the pool has the identity provider, so users cannot sign in with it",
                "add it to a client: `.supported_identity_provider(&provider)`",
            );
        }
    });
}

fn name(scope: &Scope, name: &Value<String>) {
    let Some(name) = name.as_str() else { return };
    let length = name.chars().count();
    let is_refused = |(at, c): (usize, char)| c.is_whitespace() || c.is_control() || (c == '_' && at != 1);
    if !(3..=32).contains(&length) || name.chars().enumerate().any(is_refused) {
        scope.error(
            format!(
                "the identity provider's name is `{name}`, but AWS takes 3 to 32 characters without blanks and `_`"
            ),
            "choose a name for users, for example `Okta`; it cannot be changed later",
        );
    }
    if OWN_NAMES.contains(&name) {
        scope.error(
            format!("the identity provider's name is `{name}`, which AWS reserves"),
            "choose another, for example your company's",
        );
    }
}

/// Reports a secret that is readable in the template.
fn secret(scope: &Scope, value: &Value<String>) {
    let mut is_kept = false;
    value.expr().walk(&mut |part| {
        is_kept |= matches!(part, Expr::Att(..));
        is_kept |= part.as_str().is_some_and(|text| text.contains("{{resolve:secretsmanager:"));
    });
    if !is_kept {
        scope.error(
            "the secret of the identity provider is not read from Secrets Manager",
            "keep it there, and read it with `Secret::from_name(&stack, \"..\").field(\"..\")`: CloudFormation reads no \
             other store for this property",
        );
    }
}

fn mapped(scope: &Scope, mapping: &mapping::AttributeMapping, schema: &Schema) {
    for (attribute, from) in mapping.iter() {
        if from.name().trim().is_empty() {
            scope.error(
                format!("the attribute `{attribute}` is mapped from an empty name"),
                "pass the provider's name for it, for example `email`",
            );
        }
        if schema.is_immutable(attribute) {
            scope.error(
                format!("the attribute `{attribute}` is mapped from the provider, but cannot be changed"),
                "make it mutable in the pool: Cognito writes it at each sign-in",
            );
        }
        let Some(custom) = attribute.strip_prefix("custom:") else { continue };
        let Some(known) = schema.custom(custom) else {
            scope.error(
                format!("the attribute `{attribute}` is mapped from the provider, but the pool does not have it"),
                format!("declare it: `.custom_attribute(\"{custom}\", CustomAttribute::string())`"),
            );
            continue;
        };
        if from.is_token() && known.longest().is_some_and(|length| length < TOKEN_LENGTH) {
            scope.error(
                format!("the attribute `{attribute}` is too short for the provider's `{}`", from.name()),
                format!("set its length to {TOKEN_LENGTH} characters"),
            );
        }
    }
    for attribute in schema.required().filter(|attribute| !mapping.has(attribute.name())) {
        let name = attribute.name();
        scope.error(
            format!("the pool requires the attribute `{name}`, which is not mapped, so every sign-in fails"),
            format!("map it from the provider's name for it, for example `.map(StandardAttribute::{attribute:?}, \"{name}\")`"),
        );
    }
}
