//! The recipe of a user pool.

use std::collections::BTreeSet;

use purlin_construct::{IntoValue, RemovalPolicy, Value};

use super::attributes::Schema;
use super::sms::SmsRole;
use super::{
    AccountRecovery, AttributeSettings, ContactAttribute, CustomAttribute, DeviceTracking, FeaturePlan, FirstFactor,
    Mfa, PasskeyUserVerification, PasswordPolicy, SecondFactor, SignInAlias, StandardAttribute, ThreatProtection,
    Trigger, UserInvitation, UserPoolEmail, UserVerification,
};
use crate::iam::Role;
use crate::kms::Key;
use crate::lambda::Function;

/// The recipe of a [`UserPool`](super::UserPool).
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct UserPoolProps {
    pub(super) name: Option<Value<String>>,
    pub(super) aliases: BTreeSet<SignInAlias>,
    pub(super) case_sensitive: Option<bool>,
    pub(super) self_sign_up: bool,
    pub(super) auto_verify: Option<BTreeSet<ContactAttribute>>,
    pub(super) keep_original: Option<BTreeSet<ContactAttribute>>,
    pub(super) schema: Schema,
    pub(super) password: Option<PasswordPolicy>,
    pub(super) first_factors: BTreeSet<FirstFactor>,
    pub(super) passkey_party: Option<Value<String>>,
    pub(super) passkey_verification: Option<PasskeyUserVerification>,
    pub(super) passkey_is_enough: bool,
    pub(super) mfa: Option<(Mfa, BTreeSet<SecondFactor>)>,
    pub(super) mfa_message: Option<Value<String>>,
    pub(super) recovery: AccountRecovery,
    pub(super) email: Option<UserPoolEmail>,
    pub(super) sms_role: SmsRole,
    pub(super) sms_region: Option<Value<String>>,
    pub(super) invitation: Option<UserInvitation>,
    pub(super) verification: UserVerification,
    pub(super) sender_key: Option<Key>,
    pub(super) triggers: Vec<(Trigger, Function)>,
    pub(super) devices: Option<DeviceTracking>,
    pub(super) plan: Option<FeaturePlan>,
    pub(super) threats: Option<ThreatProtection>,
    pub(super) custom_threats: Option<ThreatProtection>,
    pub(super) removal: RemovalPolicy,
    pub(super) is_protected: Option<bool>,
}

impl UserPoolProps {
    pub(super) fn new() -> Self {
        Self {
            name: None,
            aliases: BTreeSet::from([SignInAlias::Username]),
            case_sensitive: None,
            self_sign_up: false,
            auto_verify: None,
            keep_original: None,
            schema: Schema::default(),
            password: None,
            first_factors: BTreeSet::new(),
            passkey_party: None,
            passkey_verification: None,
            passkey_is_enough: false,
            mfa: None,
            mfa_message: None,
            recovery: AccountRecovery::PhoneWithoutMfaAndEmail,
            email: None,
            sms_role: SmsRole::default(),
            sms_region: None,
            invitation: None,
            verification: UserVerification::code(),
            sender_key: None,
            triggers: Vec::new(),
            devices: None,
            plan: None,
            threats: None,
            custom_threats: None,
            removal: RemovalPolicy::Retain,
            is_protected: None,
        }
    }

    /// The pool's name, up to 128 characters. By default CloudFormation generates one.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// The names that users sign in with, by default only [`SignInAlias::Username`]. It cannot be changed later.
    ///
    /// With [`SignInAlias::Username`], the others are aliases of the user name; without it, they are the user name.
    pub fn sign_in_aliases(self, aliases: impl IntoIterator<Item = SignInAlias>) -> Self {
        Self { aliases: aliases.into_iter().collect(), ..self }
    }

    /// `Jane` and `jane` are the same user, as AWS recommends. It cannot be changed later.
    pub fn case_insensitive_sign_in(self) -> Self {
        Self { case_sensitive: Some(false), ..self }
    }

    /// `Jane` and `jane` are two users, CloudFormation's default.
    pub fn case_sensitive_sign_in(self) -> Self {
        Self { case_sensitive: Some(true), ..self }
    }

    /// Users may sign up. By default only administrators make users.
    pub fn self_sign_up(self) -> Self {
        Self { self_sign_up: true, ..self }
    }

    /// The addresses that Cognito verifies with a code; by default the email address and the phone number if users sign in
    /// with them.
    pub fn auto_verify(self, attributes: impl IntoIterator<Item = ContactAttribute>) -> Self {
        Self { auto_verify: Some(attributes.into_iter().collect()), ..self }
    }

    /// The addresses that keep their value until the new one is verified.
    pub fn keep_original(self, attributes: impl IntoIterator<Item = ContactAttribute>) -> Self {
        Self { keep_original: Some(attributes.into_iter().collect()), ..self }
    }

    /// Sets whether a standard attribute is required, and whether it can change.
    ///
    /// It cannot be changed later: AWS replaces the pool and does not copy its users.
    pub fn standard_attribute(mut self, attribute: StandardAttribute, settings: AttributeSettings) -> Self {
        self.schema.set(attribute, settings);
        self
    }

    /// Requires these standard attributes when users sign up.
    pub fn required_attributes(self, attributes: impl IntoIterator<Item = StandardAttribute>) -> Self {
        let required = AttributeSettings::REQUIRED;
        attributes.into_iter().fold(self, |recipe, attribute| recipe.standard_attribute(attribute, required))
    }

    /// Adds a custom attribute; its name in tokens has the prefix `custom:`.
    pub fn custom_attribute(mut self, name: impl Into<String>, attribute: CustomAttribute) -> Self {
        self.schema.add(name.into(), attribute);
        self
    }

    /// The rules for passwords, by default Cognito's [`PasswordPolicy::new`].
    pub fn password_policy(self, policy: PasswordPolicy) -> Self {
        Self { password: Some(policy), ..self }
    }

    /// The first factors that users can choose, if a client allows [`AuthFlow::User`](super::AuthFlow::User); by default
    /// only passwords. Others require a feature plan other than Lite.
    pub fn first_factors(self, factors: impl IntoIterator<Item = FirstFactor>) -> Self {
        Self { first_factors: factors.into_iter().collect(), ..self }
    }

    /// The domain that passkeys belong to, by default the pool's domain.
    pub fn passkey_relying_party(self, domain: impl IntoValue<String>) -> Self {
        Self { passkey_party: Some(domain.into_value()), ..self }
    }

    /// Whether a passkey has to verify its user; by default if the device can.
    pub fn passkey_user_verification(self, verification: PasskeyUserVerification) -> Self {
        Self { passkey_verification: Some(verification), ..self }
    }

    /// A passkey that verified its user counts as two factors. By default it is one factor, and not possible in a pool that
    /// requires a second one
    /// (<https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_WebAuthnConfigurationType.html>).
    pub fn passkey_as_both_factors(self) -> Self {
        Self { passkey_is_enough: true, ..self }
    }

    /// Adds a second factor, one of these. By default there is none.
    pub fn mfa(self, mfa: Mfa, factors: impl IntoIterator<Item = SecondFactor>) -> Self {
        Self { mfa: Some((mfa, factors.into_iter().collect())), ..self }
    }

    /// The text message of the second factor, with `{####}` for the code.
    pub fn mfa_message(self, text: impl IntoValue<String>) -> Self {
        Self { mfa_message: Some(text.into_value()), ..self }
    }

    /// How users get a new password; by default by phone if it is not the second factor, or by email.
    pub fn account_recovery(self, recovery: AccountRecovery) -> Self {
        Self { recovery, ..self }
    }

    /// How the pool sends emails; by default by Cognito, up to 50 a day.
    pub fn email(self, email: impl Into<UserPoolEmail>) -> Self {
        Self { email: Some(email.into()), ..self }
    }

    /// Sends text messages with this role, which Cognito assumes with this external id.
    ///
    /// By default the pool makes one if text messages are used: for a second factor, or to verify phone numbers.
    pub fn sms_role(self, role: &Role, external_id: impl IntoValue<String>) -> Self {
        Self {
            sms_role: SmsRole::Given { role: Box::new(role.clone()), external_id: external_id.into_value() },
            ..self
        }
    }

    /// Makes the role for text messages even if none are used.
    pub fn with_sms_role(self) -> Self {
        Self { sms_role: SmsRole::Always, ..self }
    }

    /// Makes no role for text messages, and sends none.
    pub fn without_sms_role(self) -> Self {
        Self { sms_role: SmsRole::Never, ..self }
    }

    /// The region that sends text messages, by default that of the stack.
    pub fn sms_region(self, region: impl IntoValue<String>) -> Self {
        Self { sms_region: Some(region.into_value()), ..self }
    }

    /// The message to users that administrators make; by default Cognito's.
    pub fn user_invitation(self, message: UserInvitation) -> Self {
        Self { invitation: Some(message), ..self }
    }

    /// The message that verifies an email address or phone number; by default with a code.
    pub fn user_verification(self, message: UserVerification) -> Self {
        Self { verification: message, ..self }
    }

    /// Adds a function that Cognito calls at an event of users, and permits the call.
    pub fn trigger(mut self, trigger: Trigger, function: &Function) -> Self {
        self.triggers.push((trigger, function.clone()));
        self
    }

    /// The key that encrypts codes for functions that send emails and text messages. The functions are permitted to
    /// decrypt with it; the identity that deploys needs `kms:CreateGrant`
    /// (<https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-custom-sender-triggers.html>).
    pub fn custom_sender_key(self, key: &Key) -> Self {
        Self { sender_key: Some(key.clone()), ..self }
    }

    /// Remembers devices; none by default.
    pub fn device_tracking(self, devices: DeviceTracking) -> Self {
        Self { devices: Some(devices), ..self }
    }

    /// The features and the price of the pool, by default AWS's choice: [`FeaturePlan::Essentials`].
    pub fn feature_plan(self, plan: FeaturePlan) -> Self {
        Self { plan: Some(plan), ..self }
    }

    /// Cognito's reaction to suspicious sign-ins. Requires [`FeaturePlan::Plus`].
    pub fn threat_protection(self, mode: ThreatProtection) -> Self {
        Self { threats: Some(mode), ..self }
    }

    /// Cognito's reaction to suspicious sign-ins with custom challenges. Requires [`FeaturePlan::Plus`].
    pub fn custom_auth_threat_protection(self, mode: ThreatProtection) -> Self {
        Self { custom_threats: Some(mode), ..self }
    }

    /// What happens to the pool when it is removed from the stack: by default it is kept.
    ///
    /// [`RemovalPolicy::Destroy`] also turns deletion protection off, unless you set it.
    pub fn removal_policy(self, policy: RemovalPolicy) -> Self {
        Self { removal: policy, ..self }
    }

    /// Cognito refuses to delete the pool; the default, unless its removal policy is `Destroy`.
    pub fn deletion_protection(self) -> Self {
        Self { is_protected: Some(true), ..self }
    }

    /// Allows the deletion of the pool.
    pub fn without_deletion_protection(self) -> Self {
        Self { is_protected: Some(false), ..self }
    }
}
