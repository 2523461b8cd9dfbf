//! The mapping of a provider's attributes to attributes of the pool.

use std::collections::BTreeMap;

use purlin_construct::{IntoValue, Map, Value};

pub(super) const EMAIL_VERIFIED: &str = "email_verified";
pub(super) const PHONE_NUMBER_VERIFIED: &str = "phone_number_verified";

/// A provider's name for an attribute of users: a claim, a field, or a SAML attribute.
///
/// It can be any text; the constants are those of the social providers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderAttribute(Name);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Name {
    Known(&'static str),
    Other(String),
}

macro_rules! attributes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal;)*) => {
        impl ProviderAttribute {
            $($(#[doc = $doc])+ pub const $name: Self = Self(Name::Known($text));)*
        }
    };
}

attributes! {
    /// Amazon's email address.
    AMAZON_EMAIL = "email";
    /// Amazon's full name.
    AMAZON_NAME = "name";
    /// Amazon's postal code; requires the scope `postal_code`.
    AMAZON_POSTAL_CODE = "postal_code";
    /// Amazon's id of the user.
    AMAZON_USER_ID = "user_id";
    /// Apple's email address.
    APPLE_EMAIL = "email";
    /// Whether Apple verified the address.
    APPLE_EMAIL_VERIFIED = "email_verified";
    /// Apple's given name.
    APPLE_FIRST_NAME = "firstName";
    /// Apple's family name.
    APPLE_LAST_NAME = "lastName";
    /// Apple's full name.
    APPLE_NAME = "name";
    /// Facebook's birthday.
    FACEBOOK_BIRTHDAY = "birthday";
    /// Facebook's email address.
    FACEBOOK_EMAIL = "email";
    /// Facebook's given name.
    FACEBOOK_FIRST_NAME = "first_name";
    /// Facebook's gender.
    FACEBOOK_GENDER = "gender";
    /// Facebook's id of the user.
    FACEBOOK_ID = "id";
    /// Facebook's family name.
    FACEBOOK_LAST_NAME = "last_name";
    /// Facebook's locale.
    FACEBOOK_LOCALE = "locale";
    /// Facebook's middle name.
    FACEBOOK_MIDDLE_NAME = "middle_name";
    /// Facebook's full name.
    FACEBOOK_NAME = "name";
    /// Google's birthdays.
    GOOGLE_BIRTHDAYS = "birthdays";
    /// Google's email address.
    GOOGLE_EMAIL = "email";
    /// Whether Google verified the address.
    GOOGLE_EMAIL_VERIFIED = "email_verified";
    /// Google's family name.
    GOOGLE_FAMILY_NAME = "family_name";
    /// Google's gender.
    GOOGLE_GENDER = "gender";
    /// Google's given name.
    GOOGLE_GIVEN_NAME = "given_name";
    /// Google's full name.
    GOOGLE_NAME = "name";
    /// Google's names.
    GOOGLE_NAMES = "names";
    /// Google's phone numbers.
    GOOGLE_PHONE_NUMBERS = "phoneNumbers";
    /// Google's URL of a picture.
    GOOGLE_PICTURE = "picture";
    /// The full id token of an OpenID Connect provider, for a custom attribute of 2048 characters.
    ID_TOKEN = "id_token";
    /// The full access token of the provider, for a custom attribute of 2048 characters.
    ACCESS_TOKEN = "access_token";
}

impl ProviderAttribute {
    /// The provider's name.
    pub fn name(&self) -> &str {
        match &self.0 {
            Name::Known(name) => name,
            Name::Other(name) => name,
        }
    }

    pub(super) fn is_token(&self) -> bool {
        *self == Self::ID_TOKEN || *self == Self::ACCESS_TOKEN
    }
}

impl From<&str> for ProviderAttribute {
    fn from(name: &str) -> Self {
        Self::from(name.to_owned())
    }
}

impl From<String> for ProviderAttribute {
    fn from(name: String) -> Self {
        let tokens = [Self::ID_TOKEN, Self::ACCESS_TOKEN];
        tokens.into_iter().find(|token| token.name() == name).unwrap_or(Self(Name::Other(name)))
    }
}

/// The provider's attributes, by the pool's attribute.
#[derive(Debug, Clone, Default)]
pub(super) struct AttributeMapping(BTreeMap<String, ProviderAttribute>);

impl AttributeMapping {
    pub(super) fn insert(&mut self, attribute: &str, from: ProviderAttribute) {
        self.0.insert(attribute.to_owned(), from);
    }

    pub(super) fn has(&self, attribute: &str) -> bool {
        self.0.contains_key(attribute)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &ProviderAttribute)> {
        self.0.iter().map(|(attribute, from)| (attribute.as_str(), from))
    }

    pub(super) fn render(&self) -> Value<Map<String>> {
        self.iter().map(|(attribute, from)| (attribute, from.name())).collect::<Vec<_>>().into_value()
    }
}
