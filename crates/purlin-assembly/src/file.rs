//! Reads files that other programs wrote. A name can stand for a pipe, a device or a gigabyte, which would block the
//! toolkit or fill the memory, so kind and size are asked for before anything is read.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::{AssemblyError, place};

/// The largest file of an assembly, in bytes. Manifests of large apps have some ten megabytes.
pub const LARGEST_FILE: u64 = 256 << 20;

/// Reads a regular file of at most `limit` bytes. A folder, pipe or device, and a larger file, are errors that say so.
pub fn read_file(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let found = fs::metadata(path)?;
    if !found.is_file() {
        let kind = if found.is_dir() { "a folder" } else { "a pipe, socket or device" };
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it is {kind}, not a file")));
    }
    let mut bytes = Vec::new();
    if found.len() <= limit {
        File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    }
    if found.len() > limit || bytes.len() as u64 > limit {
        let size = found.len().max(limit + 1);
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it has {size} bytes; at most {limit} are read"),
        ));
    }
    Ok(bytes)
}

/// [`read_file`] as text. A byte order mark is an error: neither CloudFormation nor the CDK reads past it.
pub fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    text_of(read_file(path, limit)?)
}

/// The text of an assembly's file.
pub(crate) fn text(path: &Path) -> io::Result<String> {
    text_of(place::read(path)?)
}

fn text_of(bytes: Vec<u8>) -> io::Result<String> {
    let wrong = |text: String| io::Error::new(io::ErrorKind::InvalidData, text);
    let text = String::from_utf8(bytes)
        .map_err(|error| wrong(format!("it is not UTF-8 from byte {} on", error.utf8_error().valid_up_to())))?;
    if text.starts_with('\u{feff}') {
        return Err(wrong("it begins with a byte order mark; save it as UTF-8 without one".to_owned()));
    }
    Ok(text)
}

/// A JSON file of an assembly. A key that an object has twice is an error: which of the two counts differs between
/// readers.
pub(crate) fn json<T: DeserializeOwned>(path: &Path) -> Result<T, AssemblyError> {
    let text = text(path).map_err(AssemblyError::read(path))?;
    let mut strict = serde_json::Deserializer::from_str(&text);
    UniqueKeys
        .deserialize(&mut strict)
        .and_then(|()| serde_json::from_str(&text))
        .map_err(|source| AssemblyError::Json { path: path.to_owned(), source })
}

/// Any JSON whose objects have no key twice.
struct UniqueKeys;

impl<'de> DeserializeSeed<'de> for UniqueKeys {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for UniqueKeys {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut keys = BTreeSet::new();
        while let Some(key) = entries.next_key::<String>()? {
            if keys.contains(&key) {
                return Err(A::Error::custom(format!("`{key}` is there twice")));
            }
            keys.insert(key);
            entries.next_value_seed(Self)?;
        }
        Ok(())
    }
}
