//! The enums of a user pool's settings.

/// A name that users sign in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SignInAlias {
    /// A user name that cannot change.
    Username,
    /// An email address.
    Email,
    /// A phone number.
    Phone,
    /// A user name that users choose and can change; only together with [`Username`](Self::Username).
    PreferredUsername,
}

/// A contact address of a user.
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

/// Which users need a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mfa {
    /// Users who set one up.
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
    /// A code by email. Requires emails by Amazon SES and a feature plan other than Lite.
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

/// The first step of a sign-in that users can choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FirstFactor {
    /// A password, which is always possible.
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

/// Whether a passkey has to verify its user, by a PIN or a fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasskeyUserVerification {
    /// If the device can.
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

/// How users who forgot their password get a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountRecovery {
    /// By email, or by phone if the phone is not the second factor.
    EmailAndPhoneWithoutMfa,
    /// By phone if it is not the second factor, or by email.
    PhoneWithoutMfaAndEmail,
    /// By email only.
    EmailOnly,
    /// By phone only, if it is not the second factor.
    PhoneOnlyWithoutMfa,
    /// By phone, even if it is the second factor, or by email. The phone alone then gives access to the account.
    PhoneAndEmail,
    /// Only by an administrator.
    None,
}

impl AccountRecovery {
    /// The mechanisms, most preferred first; none for Cognito's legacy behavior, which has no setting.
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

/// The features and the price of the pool
/// (<https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-sign-in-feature-plans.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeaturePlan {
    /// Passwords and the classic hosted UI.
    Lite,
    /// Managed login, passkeys, codes by email, access token customization; Cognito's default.
    Essentials,
    /// The features of Essentials, and threat protection.
    Plus,
}

/// Cognito's reaction to suspicious sign-ins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThreatProtection {
    /// Requires a second factor, or blocks.
    FullFunction,
    /// Logs them.
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

/// The devices that the pool remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceTracking {
    pub(super) challenge_on_new_device: bool,
    pub(super) only_on_user_prompt: bool,
}

impl DeviceTracking {
    /// Every device.
    pub const ALWAYS: Self = Self { challenge_on_new_device: false, only_on_user_prompt: false };
    /// Devices that the user chose to remember.
    pub const USER_OPTS_IN: Self = Self { challenge_on_new_device: false, only_on_user_prompt: true };

    /// A remembered device replaces the second factor.
    #[must_use]
    pub const fn challenge_on_new_device(self) -> Self {
        Self { challenge_on_new_device: true, ..self }
    }
}
