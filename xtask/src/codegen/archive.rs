//! Packs JSON documents into one file that is read by name, one document at a time: `registry.bin` and `docs.bin`.
//!
//! `PRLSCHM1`, the number of documents, a record of five numbers for each (where the name is, its length, where the
//! block is, its length, the document's length), sorted by name; then the names, then the blocks: raw deflate of
//! compact JSON. Numbers are 32 bits, little endian; places count from the start of the file.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use anyhow::{Context, Result, ensure};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde_json::Value;

const MAGIC: &[u8; 8] = b"PRLSCHM1";
const HEAD: usize = 12;
const RECORD: usize = 20;

/// The documents by name. The one without a name tells about the archive itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Archive(BTreeMap<String, Vec<u8>>);

impl Archive {
    /// Adds a document, its keys sorted.
    pub fn insert(&mut self, name: &str, mut document: Value) {
        document.sort_all_objects();
        self.0.insert(name.to_owned(), document.to_string().into_bytes());
    }

    /// A document by its name.
    #[cfg(test)]
    pub fn document(&self, name: &str) -> Option<Value> {
        self.0.get(name).and_then(|document| serde_json::from_slice(document).ok())
    }

    /// How many bytes the documents are when nothing is compressed.
    pub fn raw_len(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    /// How many documents there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The file.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let blocks = self.0.values().map(|document| deflate(document)).collect::<Result<Vec<_>>>()?;
        let mut name_at = HEAD + RECORD * self.len();
        let mut block_at = name_at + self.0.keys().map(String::len).sum::<usize>();
        let mut file = MAGIC.to_vec();
        push(&mut file, self.len())?;
        for ((name, document), block) in self.0.iter().zip(&blocks) {
            for number in [name_at, name.len(), block_at, block.len(), document.len()] {
                push(&mut file, number)?;
            }
            name_at += name.len();
            block_at += block.len();
        }
        file.extend(self.0.keys().flat_map(String::as_bytes));
        file.extend(blocks.iter().flatten());
        Ok(file)
    }

    /// Reads a file back: compression differs between versions of a library, contents must not.
    pub fn from_bytes(file: &[u8]) -> Result<Self> {
        ensure!(file.starts_with(MAGIC), "no archive: it does not begin with `PRLSCHM1`");
        let count = number(file, MAGIC.len())?;
        let document = |record: usize| {
            let at = HEAD + record * RECORD;
            let [name_at, name_len, block_at, block_len, raw_len] = [
                number(file, at)?,
                number(file, at + 4)?,
                number(file, at + 8)?,
                number(file, at + 12)?,
                number(file, at + 16)?,
            ];
            let name = std::str::from_utf8(slice(file, name_at, name_len)?)?;
            let mut raw = Vec::new();
            DeflateDecoder::new(slice(file, block_at, block_len)?).read_to_end(&mut raw)?;
            ensure!(raw.len() == raw_len, "`{name}` is {} bytes long, and its record says {raw_len}", raw.len());
            Ok((name.to_owned(), raw))
        };
        Ok(Self((0..count).map(document).collect::<Result<_>>()?))
    }
}

fn deflate(document: &[u8]) -> Result<Vec<u8>> {
    let mut out = DeflateEncoder::new(Vec::new(), Compression::best());
    out.write_all(document)?;
    Ok(out.finish()?)
}

fn push(file: &mut Vec<u8>, number: usize) -> Result<()> {
    file.extend(u32::try_from(number).context("an archive is smaller than 4 GB")?.to_le_bytes());
    Ok(())
}

fn number(file: &[u8], at: usize) -> Result<usize> {
    let bytes = slice(file, at, 4)?.try_into()?;
    Ok(u32::from_le_bytes(bytes) as usize)
}

fn slice(file: &[u8], at: usize, len: usize) -> Result<&[u8]> {
    file.get(at..at + len).context("the archive is cut short")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn archive() -> Archive {
        let mut archive = Archive::default();
        archive.insert("AWS::B::C", json!({"properties": {"B": {}, "A": {"type": "string"}}}));
        archive.insert("", json!({"dated": "2026-10-20"}));
        archive
    }

    #[test]
    fn what_is_packed_is_read_back() {
        let file = archive().to_bytes().expect("a small archive is packed");
        assert_eq!(Archive::from_bytes(&file).expect("the file is whole"), archive());
    }

    #[test]
    fn the_form_of_the_file() {
        let file = archive().to_bytes().expect("a small archive is packed");
        let numbers: Vec<usize> = (8..52).step_by(4).map(|at| number(&file, at).expect("the head is whole")).collect();
        let raw = [r#"{"dated":"2026-10-20"}"#, r#"{"properties":{"A":{"type":"string"},"B":{}}}"#];
        let (first, second) = (numbers[4], numbers[9]);
        let expected = [2, 52, 0, 61, first, raw[0].len(), 52, 9, 61 + first, second, raw[1].len()];
        assert_eq!(numbers, expected, "names follow the records, blocks the names, the document without a name first");
        assert_eq!(&file[52..61], b"AWS::B::C");
        assert_eq!(file.len(), 61 + first + second);
        let mut text = String::new();
        DeflateDecoder::new(&file[61 + first..]).read_to_string(&mut text).expect("the block is raw deflate");
        assert_eq!(text, raw[1], "keys are sorted");
    }

    #[test]
    fn damaged_files_are_refused() {
        let file = archive().to_bytes().expect("a small archive is packed");
        for (damaged, why) in [(&file[1..], "does not begin"), (&file[..30], "cut short"), (&file[..60], "cut short")] {
            let error = Archive::from_bytes(damaged).expect_err("the file is damaged").to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
