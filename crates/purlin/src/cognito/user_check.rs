//! What Cognito would refuse of a user, or quietly do without, said before deployment.

use std::collections::BTreeSet;

use purlin_construct::{Scope, Value};

use super::user::Invitation;
use super::{InvitationMedium, SignInAlias, StandardAttribute, UserPool, UserPoolUserProps};

const LONGEST_NAME: usize = 128;
const LONGEST_VALUE: usize = 2048;

/// What a pool asks of its users.
#[derive(Debug, Clone)]
pub(super) struct UserRules {
    pub(super) aliases: BTreeSet<SignInAlias>,
    /// The names of its own attributes, with `custom:` in front.
    pub(super) custom: Vec<String>,
}

impl UserRules {
    /// Whether users are known by their addresses, and have no names of their own.
    fn by_address(&self) -> bool {
        !self.aliases.contains(&SignInAlias::Username)
    }

    /// Which attribute a user's name is, in a pool whose users are known by their addresses.
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
    name(scope, user);
    if let Some(rules) = pool.shared().users() {
        name_in_pool(scope, user, rules);
        custom_attributes(scope, user, rules);
    }
    attributes(scope, user);
    addresses(scope, user);
    invitation(scope, user);
}

fn name(scope: &Scope, user: &UserPoolUserProps) {
    if let Some(name) = user.username.as_str()
        && (!(1..=LONGEST_NAME).contains(&name.chars().count()) || name.chars().any(char::is_whitespace))
    {
        scope.error(
            format!("the user name `{name}` has not 1 to {LONGEST_NAME} characters without blanks"),
            "choose another",
        );
    }
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
            "give the address as the name, or let users have names: `SignInAlias::Username` in the pool's \
             `.sign_in_aliases(..)`",
        );
    }
    if !rules.by_address() && is_alias {
        scope.error(
            format!("the user name `{name}` is an address, which in this pool is an alias beside the name"),
            "choose a name, and give the address by `.email(..)` or `.phone_number(..)`",
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
            format!("the user has `{name}`, but the pool's own attributes are: {known}"),
            "add it to the pool by `.custom_attribute(..)`, or leave it out of the user",
        );
    }
}

fn attributes(scope: &Scope, user: &UserPoolUserProps) {
    for (at, (name, value)) in user.attributes.iter().enumerate() {
        if user.attributes[..at].iter().any(|(known, _)| known == name) {
            scope.error(format!("the user's attribute `{name}` is given twice"), "remove one of them");
        }
        let length = value.as_str().map_or(0, |text| text.chars().count());
        if length > LONGEST_VALUE {
            scope.error(
                format!("the user's attribute `{name}` has {length} characters, Cognito takes {LONGEST_VALUE}"),
                "shorten it",
            );
        }
    }
    for (flag, of) in [("email_verified", "email"), ("phone_number_verified", "phone_number")] {
        if user.has(flag) && !user.has(of) {
            scope.error(
                format!("the user's `{of}` is said to be verified, but the user has none"),
                format!("give it by `.{of}(..)`, or leave `.{flag}()` out"),
            );
        }
    }
}

fn addresses(scope: &Scope, user: &UserPoolUserProps) {
    for (name, value) in &user.attributes {
        let Some(text) = value.as_str() else { continue };
        if name == "email" && !is_email(text) {
            scope.error(format!("`{text}` is not an email address"), "write it as `ada@example.com`");
        }
        if name == "phone_number" && !is_phone(text) {
            scope.error(
                format!("`{text}` is not a phone number as Cognito takes it"),
                "write `+`, the country code and the number without blanks: `+12065551212`",
            );
        }
    }
}

/// Cognito's own default is a text message, whether there is a number or not: the temporary password is then lost.
fn invitation(scope: &Scope, user: &UserPoolUserProps) {
    if user.invitation == Invitation::Suppressed {
        return;
    }
    let mediums = user.mediums();
    if mediums.is_empty() {
        scope.error(
            "the user cannot be invited: there is neither an email address nor a phone number to send a password to",
            "give one by `.email(..)` or `.phone_number(..)`, or say `.suppress_invitation()` and set a password later",
        );
    }
    let ways = [(InvitationMedium::Email, "email"), (InvitationMedium::Sms, "phone_number")];
    for (medium, attribute) in ways {
        if mediums.contains(&medium) && !user.has(attribute) {
            scope.error(
                format!("the user is invited by `{medium:?}`, but has no `{attribute}`"),
                format!("give it by `.{attribute}(..)`, or invite the user in another way"),
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
