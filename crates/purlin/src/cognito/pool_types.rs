//! The words of a user pool: what its users sign in with, prove, and recover by.

/// What users sign in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SignInAlias {
    /// A user name that never changes.
    Username,
    /// An email address.
    Email,
    /// A phone number.
    Phone,
    /// A user name of their choice, which they can change; besides [`Username`](Self::Username) only.
    PreferredUsername,
}

/// Where a user can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContactAttribute {
    /// The email address.
    Email,
    /// The phone number.
    Phone,
}

impl ContactAttribute {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone_number",
        }
    }
}

/// Whether users need a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mfa {
    /// Users who have set one up.
    Optional,
    /// All users.
    Required,
}

impl Mfa {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Optional => "OPTIONAL",
            Self::Required => "ON",
        }
    }
}

/// A second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecondFactor {
    /// A code by text message.
    Sms,
    /// A code of an authenticator app (TOTP).
    AuthenticatorApp,
    /// A code by email: the pool has to send its emails by Amazon SES, and have a feature plan other than Lite.
    Email,
}

impl SecondFactor {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sms => "SMS_MFA",
            Self::AuthenticatorApp => "SOFTWARE_TOKEN_MFA",
            Self::Email => "EMAIL_OTP",
        }
    }
}

/// What users may begin to sign in with, where they can choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FirstFactor {
    /// A password; it can always be used.
    Password,
    /// A code by email.
    EmailCode,
    /// A code by text message.
    SmsCode,
    /// A passkey.
    Passkey,
}

impl FirstFactor {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Password => "PASSWORD",
            Self::EmailCode => "EMAIL_OTP",
            Self::SmsCode => "SMS_OTP",
            Self::Passkey => "WEB_AUTHN",
        }
    }
}

/// Whether a passkey has to check who uses it, by a PIN or a fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasskeyUserVerification {
    /// Where the device can.
    Preferred,
    /// Always.
    Required,
}

impl PasskeyUserVerification {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Preferred => "preferred",
            Self::Required => "required",
        }
    }
}

/// How users get a new password who forgot theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountRecovery {
    /// By email, or by phone where the phone is not their second factor.
    EmailAndPhoneWithoutMfa,
    /// By phone where it is not their second factor, or by email.
    PhoneWithoutMfaAndEmail,
    /// By email only.
    EmailOnly,
    /// By phone only, where it is not their second factor.
    PhoneOnlyWithoutMfa,
    /// By phone, even where it is their second factor, or by email. Whoever has the phone has the account.
    PhoneAndEmail,
    /// Not by themselves: an administrator does it.
    None,
}

impl AccountRecovery {
    /// The names of the ways, most preferred first; none for Cognito's old behaviour, which has no setting.
    pub(super) fn mechanisms(self) -> Option<&'static [&'static str]> {
        match self {
            Self::EmailAndPhoneWithoutMfa => Some(&["verified_email", "verified_phone_number"]),
            Self::PhoneWithoutMfaAndEmail => Some(&["verified_phone_number", "verified_email"]),
            Self::EmailOnly => Some(&["verified_email"]),
            Self::PhoneOnlyWithoutMfa => Some(&["verified_phone_number"]),
            Self::PhoneAndEmail => None,
            Self::None => Some(&["admin_only"]),
        }
    }
}

/// What the pool can do, and costs (<https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-sign-in-feature-plans.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeaturePlan {
    /// Passwords and the classic hosted UI.
    Lite,
    /// Managed login, passkeys, codes by email, access token customization; Cognito's default.
    Essentials,
    /// Threat protection too.
    Plus,
}

/// What Cognito does about suspicious attempts to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThreatProtection {
    /// Asks for a second factor, or blocks.
    FullFunction,
    /// Writes them down.
    AuditOnly,
    /// Nothing.
    NoEnforcement,
}

impl ThreatProtection {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::FullFunction => "ENFORCED",
            Self::AuditOnly => "AUDIT",
            Self::NoEnforcement => "OFF",
        }
    }
}

/// Which devices the pool remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceTracking {
    pub(super) challenge_on_new_device: bool,
    pub(super) only_on_user_prompt: bool,
}

impl DeviceTracking {
    /// Every device is remembered.
    pub const ALWAYS: Self = Self { challenge_on_new_device: false, only_on_user_prompt: false };
    /// A device is remembered where the user says so.
    pub const USER_OPTS_IN: Self = Self { challenge_on_new_device: false, only_on_user_prompt: true };

    /// A device that is remembered stands in for the second factor.
    #[must_use]
    pub const fn challenge_on_new_device(self) -> Self {
        Self { challenge_on_new_device: true, ..self }
    }
}
