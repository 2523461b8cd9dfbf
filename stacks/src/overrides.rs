//! Settings from the environment, in place of those of a file while it is read: mistakes in the file keep their position.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

/// Why settings cannot be read.
#[derive(Debug)]
pub enum Mistake {
    /// The file is wrong.
    File(serde_yaml::Error),
    /// An environment variable is wrong.
    Environment(String),
}

/// Reads the settings in `text`. An environment variable that is `prefix` and a setting's name in capitals replaces
/// that setting: a text as it is, anything else as YAML.
pub fn read<T: DeserializeOwned>(text: &str, prefix: &str, variables: BTreeMap<String, String>) -> Result<T, Mistake> {
    let mut environment = Environment { prefix, variables, mistake: None };
    let settings = Settings { file: serde_yaml::Deserializer::from_str(text), environment: &mut environment };
    T::deserialize(settings).map_err(|error| environment.mistake.map_or(Mistake::File(error), Mistake::Environment))
}

struct Environment<'a> {
    prefix: &'a str,
    variables: BTreeMap<String, String>,
    /// Kept beside the error that ends the reading, which would have a position in the file.
    mistake: Option<String>,
}

impl Environment<'_> {
    fn variable(&self, setting: &str) -> String {
        format!("{}{}", self.prefix, setting.to_uppercase())
    }

    /// Refuses a variable that is empty, or that has a stack's prefix and names no setting. `PURLIN_` alone is the
    /// prefix of other stacks' and the toolkit's variables as well.
    fn check<E: Error>(&mut self, settings: &[&str]) -> Result<(), E> {
        let known: Vec<_> = settings.iter().map(|setting| self.variable(setting)).collect();
        let is_empty = |name: &&String| self.variables.get(*name).is_some_and(String::is_empty);
        if let Some(empty) = known.iter().find(is_empty) {
            return self.refuse(format!("`{empty}` is empty; give it a value, or unset it"));
        }
        let is_unknown = |name: &&String| name.starts_with(self.prefix) && !known.contains(name);
        match self.variables.keys().find(is_unknown) {
            Some(unknown) if self.prefix != "PURLIN_" => self.refuse(format!(
                "`{unknown}` is no setting; the settings are `{}`: rename or unset it",
                known.join("`, `")
            )),
            _ => Ok(()),
        }
    }

    fn refuse<T, E: Error>(&mut self, mistake: String) -> Result<T, E> {
        let mistake = self.mistake.insert(format!("the environment variable {mistake}"));
        Err(E::custom(mistake))
    }
}

/// The settings of a file, with the environment's in their place.
struct Settings<'a, 'e, F> {
    file: F,
    environment: &'a mut Environment<'e>,
}

impl<'de, F: Deserializer<'de>> Deserializer<'de> for Settings<'_, '_, F> {
    type Error = F::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, F::Error> {
        self.file.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, F::Error> {
        self.environment.check(fields)?;
        let visitor = SettingsVisitor { visitor, fields, environment: self.environment };
        self.file.deserialize_struct(name, fields, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct SettingsVisitor<'a, 'e, V> {
    visitor: V,
    fields: &'static [&'static str],
    environment: &'a mut Environment<'e>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for SettingsVisitor<'_, '_, V> {
    type Value = V::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(formatter)
    }

    fn visit_map<A: MapAccess<'de>>(self, file: A) -> Result<V::Value, A::Error> {
        let Self { visitor, fields, environment } = self;
        visitor.visit_map(Entries { file, fields, environment, key: Key::default() })
    }
}

/// The entries of the file, then those that only the environment has.
struct Entries<'a, 'e, A> {
    file: A,
    fields: &'static [&'static str],
    environment: &'a mut Environment<'e>,
    key: Key,
}

/// The key of the current entry.
#[derive(Default)]
struct Key {
    name: String,
    is_in_file: bool,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Entries<'_, '_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let mut seed = Some(seed);
        let found = self.file.next_key_seed(KeySeed { seed: &mut seed, key: &mut self.key })?;
        if found.is_some() {
            return Ok(found);
        }
        let environment = &self.environment;
        let is_set = |name: &&&str| environment.variables.contains_key(&environment.variable(name));
        let (Some(seed), Some(name)) = (seed, self.fields.iter().find(is_set)) else { return Ok(None) };
        self.key = Key { name: (*name).to_owned(), is_in_file: false };
        seed.deserialize(StrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        let variable = self.environment.variable(&self.key.name);
        let Some(value) = self.environment.variables.remove(&variable) else {
            return self.file.next_value_seed(seed);
        };
        if self.key.is_in_file {
            self.file.next_value::<IgnoredAny>()?;
        }
        seed.deserialize(Value(&value))
            .or_else(|error| self.environment.refuse(format!("`{variable}` is `{value}`: {error}")))
    }
}

/// Reads a key of the file, and keeps it.
struct KeySeed<'a, K> {
    seed: &'a mut Option<K>,
    key: &'a mut Key,
}

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for KeySeed<'_, K> {
    type Value = K::Value;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<K::Value, D::Error> {
        key.deserialize_identifier(self)
    }
}

impl<'de, K: DeserializeSeed<'de>> Visitor<'de> for KeySeed<'_, K> {
    type Value = K::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a setting")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<K::Value, E> {
        *self.key = Key { name: name.to_owned(), is_in_file: true };
        let seed = self.seed.take().expect("a map reads one key at a time");
        seed.deserialize(StrDeserializer::new(name))
    }
}

/// The value of a variable: a text as it is, anything else as YAML.
struct Value<'a>(&'a str);

impl<'de> Deserializer<'de> for Value<'_> {
    type Error = serde_yaml::Error;

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_str(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        serde_yaml::from_str::<serde_yaml::Value>(self.0)?.deserialize_option(visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        serde_yaml::from_str::<serde_yaml::Value>(self.0)?.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str bytes byte_buf unit unit_struct newtype_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
