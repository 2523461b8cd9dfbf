//! The rules for passwords.

use std::time::Duration;

use purlin_cfn::cognito::UserPoolPasswordPolicy;
use purlin_construct::Scope;

use crate::check::Checks;

const DAY: u64 = 24 * 60 * 60;

/// The rules for passwords: Cognito's default, and your changes.
///
/// ```
/// # use purlin::cognito::PasswordPolicy;
/// let policy = PasswordPolicy::new().min_length(12).without_symbols();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four rules, each of which is on or off")]
pub struct PasswordPolicy {
    min_length: u32,
    digits: bool,
    lowercase: bool,
    uppercase: bool,
    symbols: bool,
    temporary_validity: Duration,
    history: Option<u32>,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self::new()
    }
}

impl PasswordPolicy {
    /// At least 8 characters with digits, lower-case letters, capital letters and symbols; temporary passwords are
    /// valid for 7 days.
    pub const fn new() -> Self {
        Self {
            min_length: 8,
            digits: true,
            lowercase: true,
            uppercase: true,
            symbols: true,
            temporary_validity: Duration::from_secs(7 * DAY),
            history: None,
        }
    }

    /// The minimum number of characters, 6 to 99.
    #[must_use]
    pub const fn min_length(self, characters: u32) -> Self {
        Self { min_length: characters, ..self }
    }

    /// Does not require digits.
    #[must_use]
    pub const fn without_digits(self) -> Self {
        Self { digits: false, ..self }
    }

    /// Does not require lower-case letters.
    #[must_use]
    pub const fn without_lowercase(self) -> Self {
        Self { lowercase: false, ..self }
    }

    /// Does not require capital letters.
    #[must_use]
    pub const fn without_uppercase(self) -> Self {
        Self { uppercase: false, ..self }
    }

    /// Does not require symbols.
    #[must_use]
    pub const fn without_symbols(self) -> Self {
        Self { symbols: false, ..self }
    }

    /// The validity of temporary passwords, 1 to 365 whole days.
    #[must_use]
    pub const fn temporary_password_validity(self, duration: Duration) -> Self {
        Self { temporary_validity: duration, ..self }
    }

    /// The number of earlier passwords that a user cannot use again, up to 24. Requires a feature plan other than Lite.
    #[must_use]
    pub const fn password_history(self, passwords: u32) -> Self {
        Self { history: Some(passwords), ..self }
    }

    pub(super) fn has_history(&self) -> bool {
        self.history.is_some_and(|passwords| passwords > 0)
    }

    pub(super) fn check(&self, scope: &Scope) {
        let validity = scope.check("the validity of temporary passwords");
        validity.hint("for seven days, write `Duration::from_hours(7 * 24)`").whole_days(self.temporary_validity, 1..);
    }

    /// Every rule is written, so that the template does not depend on defaults.
    pub(super) fn render(&self) -> UserPoolPasswordPolicy {
        let policy = UserPoolPasswordPolicy::new()
            .minimum_length(self.min_length)
            .require_lowercase(self.lowercase)
            .require_numbers(self.digits)
            .require_symbols(self.symbols)
            .require_uppercase(self.uppercase)
            .temporary_password_validity_days(
                i64::try_from(self.temporary_validity.as_secs() / DAY).unwrap_or(i64::MAX),
            );
        match self.history {
            Some(passwords) => policy.password_history_size(passwords),
            None => policy,
        }
    }
}
