//! Checks of users against the rules of Cognito and of their pool.

use std::collections::BTreeSet;

use purlin_construct::{Scope, Value};

use super::user::Invitation;
use super::{InvitationMedium, SignInAlias, StandardAttribute, UserPool, UserPoolUserProps};
use crate::check::Checks;

/// The rules of a pool for its users.
#[derive(Debug, Clone)]
pub(super) struct UserRules {
    pub(super) aliases: BTreeSet<SignInAlias>,
    /// The names of custom attributes, with the prefix `custom:`.
    pub(super) custom: Vec<String>,
}

impl UserRules {
    /// Whether the user name is an address.
    fn by_address(&self) -> bool {
        !self.aliases.contains(&SignInAlias::Username)
    }

    /// The attribute that the user name is, in a pool whose user names are addresses.
    pub(super) fn address_kind(&self, username: &Value<String>) -> Option<StandardAttribute> {
        let text = username.as_str();
        let is_phone = text.is_some_and(|text| text.starts_with('+'));
        let kinds = [
            (SignInAlias::Email, StandardAttribute::Email, !is_phone),
            (SignInAlias::Phone, StandardAttribute::PhoneNumber, is_phone || text.is_none()),
        ];
        let fits = kinds.into_iter().find(|(alias, _, fits)| *fits && self.aliases.contains(alias));
        fits.filter(|_| self.by_address()).map(|(_, kind, _)| kind)
    }
}

pub(super) fn all(scope: &Scope, user: &UserPoolUserProps, pool: &UserPool) {
    let check = scope.check("the user name").hint("choose another");
    check.characters(&user.username, 1..=128, |c| !c.is_whitespace(), "characters without blanks");
    if let Some(rules) = pool.shared().users() {
        name_in_pool(scope, user, rules);
        custom_attributes(scope, user, rules);
    }
    attributes(scope, user);
    addresses(scope, user);
    invitation(scope, user);
}

fn name_in_pool(scope: &Scope, user: &UserPoolUserProps, rules: &UserRules) {
    let Some(name) = user.username.as_str() else { return };
    let (email, phone) = (is_email(name), is_phone(name));
    let accepts = |alias, fits: bool| fits && rules.aliases.contains(&alias);
    let is_alias = accepts(SignInAlias::Email, email) || accepts(SignInAlias::Phone, phone);
    if rules.by_address() && !is_alias {
        let kinds: Vec<&str> = [(SignInAlias::Email, "an email address"), (SignInAlias::Phone, "a phone number")]
            .into_iter()
            .filter(|(alias, _)| rules.aliases.contains(alias))
            .map(|(_, kind)| kind)
            .collect();
        scope.error(
            format!("the user name `{name}` is not {}, which users of the pool sign in with", kinds.join(" or ")),
            "pass the address as the name, or add `SignInAlias::Username` to the pool's `.sign_in_aliases(..)`",
        );
    }
    if !rules.by_address() && is_alias {
        scope.error(
            format!("the user name `{name}` is an address, but in this pool an address is an alias of the name"),
            "choose a name, and set the address with `.email(..)` or `.phone_number(..)`",
        );
    }
}

fn custom_attributes(scope: &Scope, user: &UserPoolUserProps, rules: &UserRules) {
    for (name, _) in user.attributes.iter().filter(|(name, _)| name.starts_with("custom:")) {
        if rules.custom.contains(name) {
            continue;
        }
        let known: Vec<String> = rules.custom.iter().map(|name| format!("`{name}`")).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        scope.error(
            format!("the user has `{name}`, but the pool's custom attributes are: {known}"),
            "add it to the pool with `.custom_attribute(..)`, or remove it from the user",
        );
    }
}

fn attributes(scope: &Scope, user: &UserPoolUserProps) {
    for (at, (name, value)) in user.attributes.iter().enumerate() {
        if user.attributes[..at].iter().any(|(known, _)| known == name) {
            scope.error(format!("the user's attribute `{name}` is set twice"), "remove one of them");
        }
        scope.check(format!("the user's attribute `{name}`")).length(value, ..=2048);
    }
    for (flag, of) in [("email_verified", "email"), ("phone_number_verified", "phone_number")] {
        if user.has(flag) && !user.has(of) {
            scope.error(
                format!("the user's `{of}` is set as verified, but the user has none"),
                format!("set it with `.{of}(..)`, or remove `.{flag}()`"),
            );
        }
    }
}

fn addresses(scope: &Scope, user: &UserPoolUserProps) {
    for (name, value) in &user.attributes {
        let Some(text) = value.as_str() else { continue };
        if name == "email" && !is_email(text) {
            scope.error(format!("`{text}` is not an email address"), "write it like `ada@example.com`");
        }
        if name == "phone_number" && !is_phone(text) {
            scope.error(
                format!("the phone number is `{text}`, but AWS takes `+` and up to 15 digits"),
                "write `+`, the country code and the number without blanks: `+12065551212`",
            );
        }
    }
}

/// Checks the invitation: Cognito's default is a text message, which is lost if the user has no phone number.
fn invitation(scope: &Scope, user: &UserPoolUserProps) {
    if user.invitation == Invitation::Suppressed {
        return;
    }
    let mediums = user.mediums();
    if mediums.is_empty() {
        scope.error(
            "the user cannot be invited: the user has neither an email address nor a phone number",
            "set one with `.email(..)` or `.phone_number(..)`, or add `.suppress_invitation()` and set a password later",
        );
    }
    let ways = [(InvitationMedium::Email, "email"), (InvitationMedium::Sms, "phone_number")];
    for (medium, attribute) in ways {
        if mediums.contains(&medium) && !user.has(attribute) {
            scope.error(
                format!("the user is invited by `{medium:?}`, but has no `{attribute}`"),
                format!("set it with `.{attribute}(..)`, or use another medium"),
            );
        }
    }
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && !host.is_empty() && !host.contains('@') && !text.contains(char::is_whitespace)
    })
}

/// E.164: a plus and up to 15 digits.
fn is_phone(text: &str) -> bool {
    text.strip_prefix('+')
        .is_some_and(|digits| (1..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()))
}
