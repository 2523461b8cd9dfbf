//! Attributes of users: those of OpenID Connect, and custom ones.
//!
//! Each is written with its data type. Without it, a later update of the pool fails although its schema did not change.

use std::ops::RangeInclusive;

use purlin_cfn::cognito::{
    UserPoolNumberAttributeConstraints, UserPoolSchemaAttribute, UserPoolStringAttributeConstraints,
};
use purlin_construct::{Scope, Word};

use crate::check::Checks;

/// The longest name of a custom attribute.
const LONGEST_NAME: usize = 20;
/// The longest text of an attribute.
const LONGEST_TEXT: u32 = 2048;

/// An attribute of every pool
/// (<https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StandardAttribute {
    /// `address`.
    Address,
    /// `birthdate`, as `YYYY-MM-DD`.
    Birthdate,
    /// `email`.
    Email,
    /// `family_name`.
    FamilyName,
    /// `name`: the full name.
    FullName,
    /// `gender`.
    Gender,
    /// `given_name`.
    GivenName,
    /// `updated_at`: when the user last changed, in seconds since 1970.
    LastUpdateTime,
    /// `locale`.
    Locale,
    /// `middle_name`.
    MiddleName,
    /// `nickname`.
    Nickname,
    /// `phone_number`, as `+12065551212`.
    PhoneNumber,
    /// `preferred_username`.
    PreferredUsername,
    /// `profile`: the URL of a page.
    ProfilePage,
    /// `picture`: the URL of an image.
    ProfilePicture,
    /// `zoneinfo`: the time zone.
    Timezone,
    /// `website`.
    Website,
}

impl StandardAttribute {
    /// The name in tokens and in Cognito's API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Birthdate => "birthdate",
            Self::Email => "email",
            Self::FamilyName => "family_name",
            Self::FullName => "name",
            Self::Gender => "gender",
            Self::GivenName => "given_name",
            Self::LastUpdateTime => "updated_at",
            Self::Locale => "locale",
            Self::MiddleName => "middle_name",
            Self::Nickname => "nickname",
            Self::PhoneNumber => "phone_number",
            Self::PreferredUsername => "preferred_username",
            Self::ProfilePage => "profile",
            Self::ProfilePicture => "picture",
            Self::Timezone => "zoneinfo",
            Self::Website => "website",
        }
    }

    fn data_type(self) -> &'static str {
        if self == Self::LastUpdateTime { "Number" } else { "String" }
    }
}

/// Whether an attribute is required, and whether it can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttributeSettings {
    is_required: bool,
    is_mutable: bool,
}

impl AttributeSettings {
    /// Not required, and it can change.
    pub const OPTIONAL: Self = Self { is_required: false, is_mutable: true };
    /// Required when a user signs up, and it can change.
    pub const REQUIRED: Self = Self { is_required: true, is_mutable: true };

    /// Set when the user is made, and never changed.
    ///
    /// Not for attributes that an identity provider sends: Cognito writes them at each sign-in.
    #[must_use]
    pub const fn immutable(self) -> Self {
        Self { is_mutable: false, ..self }
    }
}

/// A custom attribute. It can be added to a pool later, but not changed or removed.
///
/// ```
/// # use purlin::cognito::CustomAttribute;
/// let plan = CustomAttribute::string().length(1..=16);
/// let age = CustomAttribute::number().range(0..=150);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomAttribute {
    data_type: &'static str,
    length: Option<RangeInclusive<u32>>,
    range: Option<RangeInclusive<i64>>,
    is_mutable: bool,
}

impl CustomAttribute {
    const fn of(data_type: &'static str) -> Self {
        Self { data_type, length: None, range: None, is_mutable: true }
    }

    /// A text of up to 2048 characters, which can change.
    pub const fn string() -> Self {
        Self::of("String")
    }

    /// A number, which can change.
    pub const fn number() -> Self {
        Self::of("Number")
    }

    /// A boolean, which can change.
    pub const fn boolean() -> Self {
        Self::of("Boolean")
    }

    /// A date and time, which can change.
    pub const fn date_time() -> Self {
        Self::of("DateTime")
    }

    /// The number of characters of the text.
    #[must_use]
    pub fn length(self, characters: RangeInclusive<u32>) -> Self {
        Self { length: Some(characters), ..self }
    }

    /// The limits of the number.
    #[must_use]
    pub fn range(self, range: RangeInclusive<i64>) -> Self {
        Self { range: Some(range), ..self }
    }

    /// Set when the user is made, and never changed.
    #[must_use]
    pub fn immutable(self) -> Self {
        Self { is_mutable: false, ..self }
    }

    /// The most characters of the text; none if it has no limit.
    pub(super) fn longest(&self) -> Option<u32> {
        self.length.as_ref().map(|length| *length.end())
    }
}

/// The attributes of a pool, in the order of the recipe.
#[derive(Debug, Clone, Default)]
pub(super) struct Schema {
    standard: Vec<(StandardAttribute, AttributeSettings)>,
    custom: Vec<(String, CustomAttribute)>,
}

impl Schema {
    pub(super) fn set(&mut self, attribute: StandardAttribute, settings: AttributeSettings) {
        match self.standard.iter_mut().find(|(known, _)| *known == attribute) {
            Some((_, known)) => *known = settings,
            None => self.standard.push((attribute, settings)),
        }
    }

    pub(super) fn add(&mut self, name: String, attribute: CustomAttribute) {
        self.custom.push((name, attribute));
    }

    /// Whether an attribute, by its name in tokens, cannot change.
    pub(super) fn is_immutable(&self, name: &str) -> bool {
        match name.strip_prefix("custom:") {
            Some(custom) => self.custom(custom).is_some_and(|attribute| !attribute.is_mutable),
            None => self.standard.iter().any(|(known, settings)| known.name() == name && !settings.is_mutable),
        }
    }

    /// The custom attribute of this name, without `custom:`.
    pub(super) fn custom(&self, name: &str) -> Option<&CustomAttribute> {
        self.custom.iter().find(|(known, _)| known == name).map(|(_, attribute)| attribute)
    }

    /// The required attributes.
    pub(super) fn required(&self) -> impl Iterator<Item = StandardAttribute> {
        self.standard.iter().filter(|(_, settings)| settings.is_required).map(|(attribute, _)| *attribute)
    }

    /// The names of the custom attributes in tokens and in Cognito's API.
    pub(super) fn custom_names(&self) -> Vec<String> {
        self.custom.iter().map(|(name, _)| format!("custom:{name}")).collect()
    }

    pub(super) fn check(&self, scope: &Scope) {
        for (at, (name, attribute)) in self.custom.iter().enumerate() {
            check_custom(scope, name, attribute);
            if self.custom[..at].iter().any(|(known, _)| known == name) {
                scope.error(format!("the custom attribute `{name}` is set twice"), "remove one of them");
            }
        }
    }

    pub(super) fn render(&self) -> Vec<UserPoolSchemaAttribute> {
        let standard = self.standard.iter().map(|(attribute, settings)| {
            UserPoolSchemaAttribute::new()
                .attribute_data_type(Word::known(attribute.data_type()))
                .mutable(settings.is_mutable)
                .name(attribute.name())
                .required(settings.is_required)
        });
        standard.chain(self.custom.iter().map(|(name, attribute)| rendered(name, attribute))).collect()
    }
}

fn rendered(name: &str, attribute: &CustomAttribute) -> UserPoolSchemaAttribute {
    let mut entry = UserPoolSchemaAttribute::new()
        .attribute_data_type(Word::known(attribute.data_type))
        .mutable(attribute.is_mutable)
        .name(name);
    if let Some(length) = &attribute.length {
        let limits = UserPoolStringAttributeConstraints::new()
            .min_length(length.start().to_string())
            .max_length(length.end().to_string());
        entry = entry.string_attribute_constraints(limits);
    }
    if let Some(range) = &attribute.range {
        let limits = UserPoolNumberAttributeConstraints::new()
            .min_value(range.start().to_string())
            .max_value(range.end().to_string());
        entry = entry.number_attribute_constraints(limits);
    }
    entry
}

fn check_custom(scope: &Scope, name: &str, attribute: &CustomAttribute) {
    let check = scope.check("the name of a custom attribute").hint("choose a short name, without `custom:`");
    check.characters(name, 1..=LONGEST_NAME, |c| !c.is_whitespace(), "characters without blanks");
    if name.starts_with("custom:") {
        scope.error(
            format!("the custom attribute `{name}` would be named `custom:{name}`"),
            "remove `custom:`, which is added to the name",
        );
    }
    let data_type = attribute.data_type;
    if attribute.length.is_some() && data_type != "String" {
        scope.error(
            format!(
                "the custom attribute `{name}` of type `{data_type}` has a length, but AWS takes one for text only"
            ),
            "remove `.length(..)`, or make it `CustomAttribute::string()`",
        );
    }
    if attribute.range.is_some() && data_type != "Number" {
        scope.error(
            format!(
                "the custom attribute `{name}` of type `{data_type}` has a range, but AWS takes one for numbers only"
            ),
            "remove `.range(..)`, or make it `CustomAttribute::number()`",
        );
    }
    let is_empty = attribute.length.as_ref().is_some_and(RangeInclusive::is_empty)
        || attribute.range.as_ref().is_some_and(RangeInclusive::is_empty);
    if is_empty || attribute.length.as_ref().is_some_and(|length| *length.end() > LONGEST_TEXT) {
        scope.error(
            format!("the limits of the custom attribute `{name}` are empty or exceed {LONGEST_TEXT} characters"),
            "write the lower limit first, as in `.length(1..=64)`",
        );
    }
}
