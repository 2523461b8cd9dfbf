//! The container of the schema database: documents by name, each compressed separately, so that reading one
//! unpacks only that one. Written by `cargo xtask codegen`, whose `archive.rs` describes the layout.

use miniz_oxide::inflate::decompress_to_vec_with_limit;

const MAGIC: &[u8] = b"PRLSCHM1";
const RECORD: usize = 20;

/// Documents by name, in the bytes of the program itself.
#[derive(Clone, Copy)]
pub(super) struct Archive {
    bytes: &'static [u8],
    count: usize,
}

/// The positions of a name and its document.
struct Record {
    name: &'static str,
    block: &'static [u8],
    length: usize,
}

impl Archive {
    /// Reads the header; documents are unpacked later.
    pub(super) fn new(bytes: &'static [u8]) -> Self {
        assert!(bytes.starts_with(MAGIC), "the database is built into the crate by `cargo xtask codegen`");
        Self { bytes, count: number(bytes, MAGIC.len()) }
    }

    /// The names, in order. The empty name is the archive's own header.
    pub(super) fn names(self) -> impl Iterator<Item = &'static str> {
        (0..self.count).map(move |index| self.record(index).name)
    }

    /// The document of this name, unpacked.
    pub(super) fn document(self, name: &str) -> Option<serde_json::Value> {
        let record = self.find(name)?;
        let text = decompress_to_vec_with_limit(record.block, record.length)
            .expect("the writer compressed the block, and a test reads every one");
        Some(serde_json::from_slice(&text).expect("the writer wrote JSON, and a test reads every block"))
    }

    /// The name in the archive's memory, if it has such a document.
    pub(super) fn name(self, name: &str) -> Option<&'static str> {
        self.find(name).map(|record| record.name)
    }

    fn find(self, name: &str) -> Option<Record> {
        let (mut from, mut to) = (0, self.count);
        while from < to {
            let middle = from + (to - from) / 2;
            let record = self.record(middle);
            match record.name.cmp(name) {
                std::cmp::Ordering::Equal => return Some(record),
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Greater => to = middle,
            }
        }
        None
    }

    fn record(self, index: usize) -> Record {
        let at = MAGIC.len() + 4 + index * RECORD;
        let field = |field: usize| number(self.bytes, at + field * 4);
        let name = &self.bytes[field(0)..field(0) + field(1)];
        Record {
            name: std::str::from_utf8(name).expect("names are CloudFormation's, which are ASCII"),
            block: &self.bytes[field(2)..field(2) + field(3)],
            length: field(4),
        }
    }
}

/// The number of four bytes at `at`, little end first.
fn number(bytes: &[u8], at: usize) -> usize {
    let bytes: [u8; 4] = bytes[at..at + 4].try_into().expect("four bytes are four bytes");
    u32::from_le_bytes(bytes) as usize
}
