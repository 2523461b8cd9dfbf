//! What Cognito would refuse of a user pool, said before deployment.

use purlin_construct::{Scope, Value};

use super::sms::SmsRole;
use super::{
    AccountRecovery, FeaturePlan, FirstFactor, Mfa, SecondFactor, SignInAlias, ThreatProtection, UserPoolProps,
    messages,
};

pub(super) fn all(scope: &Scope, pool: &UserPoolProps) {
    name(scope, pool);
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

fn name(scope: &Scope, pool: &UserPoolProps) {
    let is_allowed = |c: char| c.is_alphanumeric() || " _+=,.@-".contains(c);
    if let Some(name) = pool.name.as_ref().and_then(Value::as_str)
        && (!(1..=128).contains(&name.chars().count()) || !name.chars().all(is_allowed))
    {
        scope.error(
            format!("the pool name `{name}` is not 1 to 128 letters, digits, blanks or `_+=,.@-`"),
            "choose another, or leave it out and CloudFormation makes one up",
        );
    }
    if let Some(domain) = pool.passkey_party.as_ref().and_then(Value::as_str)
        && !(1..=63).contains(&domain.len())
    {
        scope.error(
            format!("the domain `{domain}` that passkeys belong to has not 1 to 63 characters"),
            "give the domain your users sign in on, for example `example.com`",
        );
    }
}

fn sign_in(scope: &Scope, pool: &UserPoolProps) {
    if pool.aliases.is_empty() {
        scope.error("users can sign in with nothing", "name at least one: `.sign_in_aliases([SignInAlias::Email])`");
    }
    if pool.aliases.contains(&SignInAlias::PreferredUsername) && !pool.aliases.contains(&SignInAlias::Username) {
        scope.error(
            "users sign in with `PreferredUsername` but not with `Username`, which Cognito does not offer",
            "add `SignInAlias::Username`",
        );
    }
    if !pool.first_factors.is_empty() && !pool.first_factors.contains(&FirstFactor::Password) {
        scope.error(
            "users cannot begin to sign in with a password, which Cognito does not offer to turn off",
            "add `FirstFactor::Password`",
        );
    }
}

/// Where a second factor is required, Cognito takes passwords first, and passkeys that count as both.
fn first_factor_with_a_second(scope: &Scope, pool: &UserPoolProps) {
    if !matches!(pool.mfa, Some((Mfa::Required, _))) {
        return;
    }
    let codes = [(FirstFactor::EmailCode, "email"), (FirstFactor::SmsCode, "text message")];
    for (_, how) in codes.into_iter().filter(|(code, _)| pool.first_factors.contains(code)) {
        scope.error(
            format!("users begin to sign in with a code by {how}, but the pool requires a second factor after it"),
            "Cognito allows this together with `Mfa::Optional` only: take that, or another first factor",
        );
    }
    if pool.first_factors.contains(&FirstFactor::Passkey) && !pool.passkey_is_enough {
        scope.error(
            "users begin to sign in with a passkey as one factor, but the pool requires a second factor after it",
            "let passkeys count as both: `.passkey_as_both_factors()`, or take `Mfa::Optional`",
        );
    }
}

fn second_factor(scope: &Scope, pool: &UserPoolProps) {
    if pool.mfa.as_ref().is_some_and(|(_, factors)| factors.is_empty()) {
        scope.error(
            "a second factor is asked for, but there is none to choose from",
            "name at least one, for example `SecondFactor::AuthenticatorApp`",
        );
    }
    if pool.mfa_message.is_some() && !pool.has_factor(SecondFactor::Sms) {
        scope.warning(
            "there is a text message for the second factor, but it is never sent by text message",
            "add `SecondFactor::Sms`, or leave the message out",
        );
    }
    if matches!(pool.sms_role, SmsRole::Never) && pool.has_factor(SecondFactor::Sms) {
        scope.error(
            "the second factor is sent by text message, but the pool has no role to send it with",
            "leave `without_sms_role` out, or take `SecondFactor::Sms` away",
        );
    }
    if !pool.has_factor(SecondFactor::Email) {
        return;
    }
    if !pool.email.as_ref().is_some_and(super::UserPoolEmail::is_ses) {
        scope.error(
            "the second factor is sent by email, but not by Amazon SES",
            "send emails by SES: `.email(UserPoolEmail::ses(\"login@example.com\"))`",
        );
    }
    if pool.recovery == AccountRecovery::EmailOnly {
        scope.warning(
            "the email address is a second factor and the only way to a new password: whoever has it has the account",
            "recover accounts by phone too: `AccountRecovery::PhoneWithoutMfaAndEmail`, or by administrators",
        );
    }
}

fn plan(scope: &Scope, pool: &UserPoolProps) {
    let Some(plan) = pool.plan else { return };
    let uses_choice = pool.first_factors.iter().any(|factor| *factor != FirstFactor::Password);
    let beyond_lite = [
        (pool.has_factor(SecondFactor::Email), "a second factor by email"),
        (uses_choice, "first factors other than passwords"),
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
