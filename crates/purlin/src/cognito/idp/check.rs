//! What Cognito would refuse of an identity provider, or fail about at each sign-in, said before deployment.

use purlin_cfn::cognito::CfnUserPoolIdentityProvider;
use purlin_construct::{Expr, Ref, Scope, Value};

use super::{ProviderKind, UserPoolIdentityProviderProps, mapping};
use crate::cognito::UserPool;
use crate::cognito::attributes::Schema;
use crate::cognito::pool::Provider;

/// Cognito takes no more identifiers, and no longer ones
/// (<https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateIdentityProvider.html>).
const MOST_IDENTIFIERS: usize = 50;
const LONGEST_IDENTIFIER: usize = 40;
/// How long a custom attribute has to be that takes a token of the provider.
const TOKEN_LENGTH: u32 = 2048;
/// Names that Cognito gives itself, which say whose a user is.
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
                "give each by itself: `.scopes([\"openid\", \"email\"])`",
            );
        }
    }
    identifiers(scope, provider.identifiers.iter().map(String::as_str), provider.identifiers.len());
    if let Some(schema) = pool.shared().schema() {
        mapped(scope, &provider.mapping, schema);
    }
    let name = provider.name.as_str().map(str::to_owned);
    let known = Provider { scope: scope.clone(), name, identifiers: provider.identifiers.clone() };
    for (what, other) in pool.shared().register_provider(known) {
        scope.error(
            format!("{what} is that of `{}` too, another identity provider of the pool", other.path()),
            "names and identifiers are unique in a pool: choose another, or remove one of the two",
        );
    }
}

/// Warns of a provider that no client of the app names, at the end, because a client may still be added.
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
                "nobody can sign in with the identity provider: no client of the pool names it",
                "name it with a client: `.supported_identity_provider(&provider)`",
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
            format!("the name `{name}` of the identity provider has not 3 to 32 characters without blanks and `_`"),
            "choose what users know it by, for example `Okta`; it cannot be changed later",
        );
    }
    if OWN_NAMES.contains(&name) {
        scope.error(
            format!("the name `{name}` of the identity provider is one that Cognito gives itself"),
            "choose another, for example your company's",
        );
    }
}

/// A secret that is written into the code would be readable in the template.
fn secret(scope: &Scope, value: &Value<String>) {
    let mut is_kept = false;
    value.expr().walk(&mut |part| {
        is_kept |= matches!(part, Expr::Att(..));
        is_kept |= part.as_str().is_some_and(|text| text.contains("{{resolve:secretsmanager:"));
    });
    if !is_kept {
        scope.error(
            "the secret of the identity provider is not read from Secrets Manager",
            "keep it there, and read it by `Secret::from_name(&stack, \"..\").field(\"..\")`: \
             CloudFormation reads no other store for this property",
        );
    }
}

fn identifiers<'a>(scope: &Scope, identifiers: impl Iterator<Item = &'a str>, count: usize) {
    if count > MOST_IDENTIFIERS {
        scope.error(
            format!("the identity provider has {count} identifiers, Cognito takes {MOST_IDENTIFIERS}"),
            "remove some",
        );
    }
    let is_allowed = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_+=.@-".contains(c);
    for each in identifiers {
        if !(1..=LONGEST_IDENTIFIER).contains(&each.chars().count()) || !each.chars().all(is_allowed) {
            scope.error(
                format!("the identifier `{each}` is not 1 to {LONGEST_IDENTIFIER} letters, digits, blanks or `_+=.@-`"),
                "give for example the domain of the users' email addresses, `example.com`",
            );
        }
    }
}

fn mapped(scope: &Scope, mapping: &mapping::AttributeMapping, schema: &Schema) {
    for (attribute, from) in mapping.iter() {
        if from.name().trim().is_empty() {
            scope.error(
                format!("the attribute `{attribute}` is mapped from nothing"),
                "give the provider's name for it, for example `email`",
            );
        }
        if schema.is_immutable(attribute) {
            scope.error(
                format!("the attribute `{attribute}` is mapped from the provider, but cannot be changed"),
                "make it mutable in the pool: Cognito writes it at each sign-in, and fails where it cannot",
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
                format!("let it have {TOKEN_LENGTH} characters"),
            );
        }
    }
    for attribute in schema.required().filter(|attribute| !mapping.has(attribute.name())) {
        let name = attribute.name();
        scope.error(
            format!("the pool requires the attribute `{name}`, which is not mapped: every sign-in would fail"),
            format!("say what the provider calls it, for example `.map(StandardAttribute::{attribute:?}, \"{name}\")`"),
        );
    }
}
