//! The attributes of users that a client may read or change.

use std::collections::BTreeSet;

use super::StandardAttribute;

/// Attributes of users, by name.
///
/// ```
/// # use purlin::cognito::{ClientAttributes, StandardAttribute};
/// let attributes = ClientAttributes::new()
///     .standard([StandardAttribute::Email, StandardAttribute::FullName])
///     .email_verified()
///     .custom("plan");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientAttributes(BTreeSet<String>);

impl ClientAttributes {
    /// No attributes yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds standard attributes.
    pub fn standard(mut self, attributes: impl IntoIterator<Item = StandardAttribute>) -> Self {
        self.0.extend(attributes.into_iter().map(|attribute| attribute.name().to_owned()));
        self
    }

    /// Adds whether the email address is verified. It is read-only.
    pub fn email_verified(mut self) -> Self {
        self.0.insert("email_verified".to_owned());
        self
    }

    /// Adds whether the phone number is verified. It is read-only.
    pub fn phone_number_verified(mut self) -> Self {
        self.0.insert("phone_number_verified".to_owned());
        self
    }

    /// Adds a custom attribute, by its name with or without the prefix `custom:`.
    pub fn custom(mut self, name: &str) -> Self {
        let name = name.strip_prefix("custom:").unwrap_or(name);
        self.0.insert(format!("custom:{name}"));
        self
    }

    pub(super) fn names(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }
}
