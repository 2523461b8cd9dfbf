//! Checks of user pools against the rules of Cognito.

use purlin_construct::Scope;

use super::sms::SmsRole;
use super::{
    AccountRecovery, FeaturePlan, FirstFactor, Mfa, SecondFactor, SignInAlias, ThreatProtection, UserPoolProps,
    messages,
};
use crate::check::Checks;

pub(super) fn all(scope: &Scope, pool: &UserPoolProps) {
    let is_allowed = |c: char| c.is_alphanumeric() || " _+=,.@-".contains(c);
    scope.check("the pool's name").characters(&pool.name, 1..=128, is_allowed, "letters, digits, blanks and `_+=,.@-`");
    sign_in(scope, pool);
    first_factor_with_a_second(scope, pool);
    second_factor(scope, pool);
    plan(scope, pool);
    pool.schema.check(scope);
    pool.verification.check(scope);
    if let Some(policy) = &pool.password {
        policy.check(scope);
    }
    if let Some(email) = &pool.email {
        email.check(scope);
    }
    if let Some(message) = &pool.invitation {
        message.check(scope);
    }
    if let Some(text) = &pool.mfa_message {
        messages::check_mfa_message(scope, text);
    }
}

fn sign_in(scope: &Scope, pool: &UserPoolProps) {
    if pool.aliases.is_empty() {
        scope.error("the pool has no sign-in alias", "add at least one: `.sign_in_aliases([SignInAlias::Email])`");
    }
    if pool.aliases.contains(&SignInAlias::PreferredUsername) && !pool.aliases.contains(&SignInAlias::Username) {
        scope.error(
            "users sign in with `PreferredUsername` without `Username`, but AWS takes it only with `Username`",
            "add `SignInAlias::Username`",
        );
    }
    if !pool.first_factors.is_empty() && !pool.first_factors.contains(&FirstFactor::Password) {
        scope.error("the first factors do not include a password, but AWS requires it", "add `FirstFactor::Password`");
    }
}

/// If a second factor is required, Cognito takes as the first one only passwords, and passkeys that count as both.
fn first_factor_with_a_second(scope: &Scope, pool: &UserPoolProps) {
    if !matches!(pool.mfa, Some((Mfa::Required, _))) {
        return;
    }
    let codes = [(FirstFactor::EmailCode, "email"), (FirstFactor::SmsCode, "text message")];
    for (_, how) in codes.into_iter().filter(|(code, _)| pool.first_factors.contains(code)) {
        scope.error(
            format!("the first factor is a code by {how}, but the pool requires a second factor after it"),
            "use `Mfa::Optional`, the only setting that Cognito allows with it, or another first factor",
        );
    }
    if pool.first_factors.contains(&FirstFactor::Passkey) && !pool.passkey_is_enough {
        scope.error(
            "the first factor is a passkey, but the pool requires a second factor after it",
            "let passkeys count as both with `.passkey_as_both_factors()`, or use `Mfa::Optional`",
        );
    }
}

fn second_factor(scope: &Scope, pool: &UserPoolProps) {
    if pool.mfa.as_ref().is_some_and(|(_, factors)| factors.is_empty()) {
        scope.error(
            "the pool has a second factor, but no kind of it",
            "add at least one, for example `SecondFactor::AuthenticatorApp`",
        );
    }
    if pool.mfa_message.is_some() && !pool.has_factor(SecondFactor::Sms) {
        scope.warning(
            "the text message of the second factor is not used, because the pool has no `SecondFactor::Sms`",
            "add `SecondFactor::Sms`, or remove the message",
        );
    }
    if matches!(pool.sms_role, SmsRole::Never) && pool.has_factor(SecondFactor::Sms) {
        scope.error(
            "the second factor is sent by text message, but the pool has no role to send it with",
            "remove `without_sms_role` or `SecondFactor::Sms`",
        );
    }
    if !pool.has_factor(SecondFactor::Email) {
        return;
    }
    if !pool.email.as_ref().is_some_and(super::UserPoolEmail::is_ses) {
        scope.error(
            "the second factor is sent by email, but the pool does not send emails with Amazon SES",
            "send emails with SES: `.email(UserPoolEmail::ses(\"login@example.com\"))`",
        );
    }
    if pool.recovery == AccountRecovery::EmailOnly {
        scope.warning(
            "the email address is both a second factor and the only way to a new password, so it alone gives access",
            "recover accounts also by phone: `AccountRecovery::PhoneWithoutMfaAndEmail`, or by administrators",
        );
    }
}

fn plan(scope: &Scope, pool: &UserPoolProps) {
    let Some(plan) = pool.plan else { return };
    let uses_choice = pool.first_factors.iter().any(|factor| *factor != FirstFactor::Password);
    let beyond_lite = [
        (pool.has_factor(SecondFactor::Email), "a second factor by email"),
        (uses_choice, "a first factor other than a password"),
        (pool.password.is_some_and(|policy| policy.has_history()), "a history of passwords"),
    ];
    for (_, what) in beyond_lite.iter().filter(|(is_used, _)| *is_used && plan == FeaturePlan::Lite) {
        scope.error(
            format!("{what} is not part of the feature plan `Lite`"),
            "choose `FeaturePlan::Essentials` or `FeaturePlan::Plus`",
        );
    }
    let modes = [pool.threats, pool.custom_threats];
    if plan != FeaturePlan::Plus && modes.iter().flatten().any(|mode| *mode != ThreatProtection::NoEnforcement) {
        scope.error(
            format!("threat protection is not part of the feature plan `{plan:?}`"),
            "choose `FeaturePlan::Plus`",
        );
    }
}
