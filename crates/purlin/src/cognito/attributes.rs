//! Attributes of users: those of OpenID Connect, and those of the pool's own.
//!
//! Each is written with its data type. Where one is left out, a later update of the pool fails although nothing of
//! the schema changed.

use std::ops::RangeInclusive;

use purlin_cfn::cognito::{
    UserPoolNumberAttributeConstraints, UserPoolSchemaAttribute, UserPoolStringAttributeConstraints,
};
use purlin_construct::{Scope, Word};

/// Cognito takes no longer names of custom attributes.
const LONGEST_NAME: usize = 20;
/// Cognito takes no more custom attributes.
const MOST_CUSTOM: usize = 50;
/// No text of an attribute is longer.
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
    /// `name`: the whole name.
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

/// Whether users have to have an attribute, and whether it can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttributeSettings {
    is_required: bool,
    is_mutable: bool,
}

impl AttributeSettings {
    /// Users may have it, and it can change.
    pub const OPTIONAL: Self = Self { is_required: false, is_mutable: true };
    /// Users have to have it when they sign up, and it can change.
    pub const REQUIRED: Self = Self { is_required: true, is_mutable: true };

    /// It is given when the user is made, and never changes.
    ///
    /// Do not make so what an identity provider sends: Cognito writes it again at each sign-in.
    #[must_use]
    pub const fn immutable(self) -> Self {
        Self { is_mutable: false, ..self }
    }
}

/// An attribute of the pool's own. It can be added to a pool later, but never changed or removed.
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

    /// A yes or no, which can change.
    pub const fn boolean() -> Self {
        Self::of("Boolean")
    }

    /// A date and time, which can change.
    pub const fn date_time() -> Self {
        Self::of("DateTime")
    }

    /// How many characters the text has.
    #[must_use]
    pub fn length(self, characters: RangeInclusive<u32>) -> Self {
        Self { length: Some(characters), ..self }
    }

    /// How large the number is.
    #[must_use]
    pub fn range(self, range: RangeInclusive<i64>) -> Self {
        Self { range: Some(range), ..self }
    }

    /// It is given when the user is made, and never changes.
    #[must_use]
    pub fn immutable(self) -> Self {
        Self { is_mutable: false, ..self }
    }

    /// How many characters a text may have, where that is limited.
    pub(super) fn longest(&self) -> Option<u32> {
        self.length.as_ref().map(|length| *length.end())
    }
}

/// The attributes a pool says something about, in the order they were given.
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

    /// Whether an attribute, by its name in tokens, is one that never changes.
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

    /// The attributes that every user has to have.
    pub(super) fn required(&self) -> impl Iterator<Item = StandardAttribute> {
        self.standard.iter().filter(|(_, settings)| settings.is_required).map(|(attribute, _)| *attribute)
    }

    /// The names of the pool's own attributes, as tokens and Cognito's API have them.
    pub(super) fn custom_names(&self) -> Vec<String> {
        self.custom.iter().map(|(name, _)| format!("custom:{name}")).collect()
    }

    pub(super) fn check(&self, scope: &Scope) {
        let count = self.custom.len();
        if count > MOST_CUSTOM {
            scope.error(
                format!("the pool has {count} custom attributes, Cognito takes {MOST_CUSTOM}"),
                "keep what does not belong into tokens elsewhere",
            );
        }
        for (at, (name, attribute)) in self.custom.iter().enumerate() {
            check_custom(scope, name, attribute);
            if self.custom[..at].iter().any(|(known, _)| known == name) {
                scope.error(format!("the custom attribute `{name}` is given twice"), "remove one of them");
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
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_whitespace) {
        scope.error(
            format!("the custom attribute `{name}` has not a name of 1 to {LONGEST_NAME} characters without blanks"),
            "choose a short name; `custom:` is put in front by itself",
        );
    }
    if name.starts_with("custom:") {
        scope.error(
            format!("the custom attribute `{name}` would be named `custom:{name}`"),
            "leave `custom:` away: it is put in front by itself",
        );
    }
    let data_type = attribute.data_type;
    if attribute.length.is_some() && data_type != "String" {
        scope.error(
            format!("the custom attribute `{name}` of type `{data_type}` has a length, which only texts have"),
            "remove `.length(..)`, or make it `CustomAttribute::string()`",
        );
    }
    if attribute.range.is_some() && data_type != "Number" {
        scope.error(
            format!("the custom attribute `{name}` of type `{data_type}` has a range, which only numbers have"),
            "remove `.range(..)`, or make it `CustomAttribute::number()`",
        );
    }
    let is_empty = attribute.length.as_ref().is_some_and(RangeInclusive::is_empty)
        || attribute.range.as_ref().is_some_and(RangeInclusive::is_empty);
    if is_empty || attribute.length.as_ref().is_some_and(|length| *length.end() > LONGEST_TEXT) {
        scope.error(
            format!("the limits of the custom attribute `{name}` are empty, or wider than {LONGEST_TEXT} characters"),
            "write the smaller one first, as in `.length(1..=64)`",
        );
    }
}
