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

    /// The pool's name, up to 128 characters. By default CloudFormation makes one up.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// What users sign in with, by default [`SignInAlias::Username`] alone. It cannot be changed later.
    ///
    /// With [`SignInAlias::Username`], the others stand in for the user name; without, they are it.
    pub fn sign_in_aliases(self, aliases: impl IntoIterator<Item = SignInAlias>) -> Self {
        Self { aliases: aliases.into_iter().collect(), ..self }
    }

    /// `Jane` and `jane` are one user; what AWS recommends. It cannot be changed later.
    pub fn case_insensitive_sign_in(self) -> Self {
        Self { case_sensitive: Some(false), ..self }
    }

    /// `Jane` and `jane` are two users; what CloudFormation does where nothing is said.
    pub fn case_sensitive_sign_in(self) -> Self {
        Self { case_sensitive: Some(true), ..self }
    }

    /// Users may sign up by themselves. By default administrators make them.
    pub fn self_sign_up(self) -> Self {
        Self { self_sign_up: true, ..self }
    }

    /// What Cognito verifies by sending a code, by default the email address and the phone number where users sign in
    /// with them.
    pub fn auto_verify(self, attributes: impl IntoIterator<Item = ContactAttribute>) -> Self {
        Self { auto_verify: Some(attributes.into_iter().collect()), ..self }
    }

    /// What keeps its value until the new one is verified.
    pub fn keep_original(self, attributes: impl IntoIterator<Item = ContactAttribute>) -> Self {
        Self { keep_original: Some(attributes.into_iter().collect()), ..self }
    }

    /// Says of a standard attribute whether users have to have it, and whether it can change.
    ///
    /// It cannot be changed later: AWS replaces the pool, without its users.
    pub fn standard_attribute(mut self, attribute: StandardAttribute, settings: AttributeSettings) -> Self {
        self.schema.set(attribute, settings);
        self
    }

    /// Users have to have these standard attributes when they sign up.
    pub fn required_attributes(self, attributes: impl IntoIterator<Item = StandardAttribute>) -> Self {
        let required = AttributeSettings::REQUIRED;
        attributes.into_iter().fold(self, |recipe, attribute| recipe.standard_attribute(attribute, required))
    }

    /// Adds an attribute of the pool's own; in tokens, its name has `custom:` in front.
    pub fn custom_attribute(mut self, name: impl Into<String>, attribute: CustomAttribute) -> Self {
        self.schema.add(name.into(), attribute);
        self
    }

    /// What passwords have to be like, by default Cognito's [`PasswordPolicy::new`].
    pub fn password_policy(self, policy: PasswordPolicy) -> Self {
        Self { password: Some(policy), ..self }
    }

    /// What users may begin to sign in with, where a client allows [`AuthFlow::User`](super::AuthFlow::User); by
    /// default passwords only. Anything else needs a feature plan other than Lite.
    pub fn first_factors(self, factors: impl IntoIterator<Item = FirstFactor>) -> Self {
        Self { first_factors: factors.into_iter().collect(), ..self }
    }

    /// The domain that passkeys belong to, by default the pool's domain.
    pub fn passkey_relying_party(self, domain: impl IntoValue<String>) -> Self {
        Self { passkey_party: Some(domain.into_value()), ..self }
    }

    /// Whether a passkey has to check who uses it; by default where the device can.
    pub fn passkey_user_verification(self, verification: PasskeyUserVerification) -> Self {
        Self { passkey_verification: Some(verification), ..self }
    }

    /// A passkey that checked who uses it counts as two factors. By default it is one, and cannot be the first of a pool
    /// that requires a second
    /// (<https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_WebAuthnConfigurationType.html>).
    pub fn passkey_as_both_factors(self) -> Self {
        Self { passkey_is_enough: true, ..self }
    }

    /// Asks for a second factor, one of these. By default there is none.
    pub fn mfa(self, mfa: Mfa, factors: impl IntoIterator<Item = SecondFactor>) -> Self {
        Self { mfa: Some((mfa, factors.into_iter().collect())), ..self }
    }

    /// The text message of the second factor, with `{####}` for the code.
    pub fn mfa_message(self, text: impl IntoValue<String>) -> Self {
        Self { mfa_message: Some(text.into_value()), ..self }
    }

    /// How users get a new password; by default by phone where it is not their second factor, or by email.
    pub fn account_recovery(self, recovery: AccountRecovery) -> Self {
        Self { recovery, ..self }
    }

    /// How the pool sends emails; by default by Cognito, up to 50 a day.
    pub fn email(self, email: impl Into<UserPoolEmail>) -> Self {
        Self { email: Some(email.into()), ..self }
    }

    /// Sends text messages by this role, which Cognito assumes by this external id.
    ///
    /// By default the pool makes one where text messages are used: for a second factor, or to verify phone numbers.
    pub fn sms_role(self, role: &Role, external_id: impl IntoValue<String>) -> Self {
        Self {
            sms_role: SmsRole::Given { role: Box::new(role.clone()), external_id: external_id.into_value() },
            ..self
        }
    }

    /// Makes the role for text messages even where none are used yet.
    pub fn with_sms_role(self) -> Self {
        Self { sms_role: SmsRole::Always, ..self }
    }

    /// Makes no role for text messages, and sends none.
    pub fn without_sms_role(self) -> Self {
        Self { sms_role: SmsRole::Never, ..self }
    }

    /// The region text messages are sent from, by default that of the stack.
    pub fn sms_region(self, region: impl IntoValue<String>) -> Self {
        Self { sms_region: Some(region.into_value()), ..self }
    }

    /// The message to users whom administrators make; by default Cognito's.
    pub fn user_invitation(self, message: UserInvitation) -> Self {
        Self { invitation: Some(message), ..self }
    }

    /// The message by which users prove their email address or phone number; by default a code.
    pub fn user_verification(self, message: UserVerification) -> Self {
        Self { verification: message, ..self }
    }

    /// Calls a function at a point of users' lives, and lets Cognito call it.
    pub fn trigger(mut self, trigger: Trigger, function: &Function) -> Self {
        self.triggers.push((trigger, function.clone()));
        self
    }

    /// The key that encrypts the codes for functions which send emails and text messages.
    pub fn custom_sender_key(self, key: &Key) -> Self {
        Self { sender_key: Some(key.clone()), ..self }
    }

    /// Remembers devices. By default none are.
    pub fn device_tracking(self, devices: DeviceTracking) -> Self {
        Self { devices: Some(devices), ..self }
    }

    /// What the pool can do and costs, by default AWS's choice: [`FeaturePlan::Essentials`].
    pub fn feature_plan(self, plan: FeaturePlan) -> Self {
        Self { plan: Some(plan), ..self }
    }

    /// What Cognito does about suspicious sign-ins. Needs [`FeaturePlan::Plus`].
    pub fn threat_protection(self, mode: ThreatProtection) -> Self {
        Self { threats: Some(mode), ..self }
    }

    /// What Cognito does about suspicious sign-ins by challenges of your own. Needs [`FeaturePlan::Plus`].
    pub fn custom_auth_threat_protection(self, mode: ThreatProtection) -> Self {
        Self { custom_threats: Some(mode), ..self }
    }

    /// What happens to the pool when it leaves the stack: by default it stays in the account.
    ///
    /// [`RemovalPolicy::Destroy`] turns deletion protection off too, unless you say otherwise.
    pub fn removal_policy(self, policy: RemovalPolicy) -> Self {
        Self { removal: policy, ..self }
    }

    /// Cognito refuses to delete the pool; the default, unless it is to be destroyed with its stack.
    pub fn deletion_protection(self) -> Self {
        Self { is_protected: Some(true), ..self }
    }

    /// Whoever may delete pools can delete this one.
    pub fn without_deletion_protection(self) -> Self {
        Self { is_protected: Some(false), ..self }
    }
}
