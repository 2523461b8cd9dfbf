//! The SHA-256 checksum of an object, which S3 computes itself when it is uploaded: whoever can write to the bucket cannot
//! give another content the checksum of ours
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>).

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::multipart::{ONE_CALL, parts};
use crate::error::DeployError;

/// As S3 shows it: in base64, and for an object that was sent in parts the checksum of their checksums, with their number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checksum(pub(crate) String);

impl Checksum {
    pub(crate) fn of(content: &[u8]) -> Self {
        Self(STANDARD.encode(Sha256::digest(content)))
    }

    /// That of a file as it is uploaded.
    pub(crate) async fn of_file(file: &Path) -> Result<Self, DeployError> {
        let path = file.to_owned();
        let reading = tokio::task::spawn_blocking(move || read(&path));
        reading.await.expect("reading does not panic").map_err(DeployError::file(file))
    }
}

fn read(path: &Path) -> io::Result<Checksum> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    if size <= ONE_CALL {
        return Ok(Checksum(STANDARD.encode(digest(&mut file, size)?)));
    }
    let (mut all, mut count) = (Sha256::new(), 0);
    for part in parts(size) {
        file.seek(SeekFrom::Start(part.offset))?;
        all.update(digest(&mut file, part.length)?);
        count += 1;
    }
    Ok(Checksum(format!("{}-{count}", STANDARD.encode(all.finalize()))))
}

fn digest(file: &mut File, length: u64) -> io::Result<Vec<u8>> {
    let mut hash = Sha256::new();
    let mut left = file.take(length);
    let mut buffer = vec![0; 64 << 10];
    loop {
        match left.read(&mut buffer)? {
            0 => return Ok(hash.finalize().to_vec()),
            count => hash.update(&buffer[..count]),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn checksums_are_those_of_s3() {
        // `openssl dgst -sha256 -binary | base64`
        assert_eq!(Checksum::of(b"abc").0, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"abc").unwrap();
        assert_eq!(read(file.path()).unwrap(), Checksum::of(b"abc"));
        // One byte more than fits into a call: four parts of 16 MiB, and the fifth.
        file.as_file().set_len(ONE_CALL + 1).unwrap();
        let Checksum(text) = read(file.path()).unwrap();
        assert!(text.ends_with("=-5"), "{text}");
        let of_parts: Vec<u8> = parts(ONE_CALL + 1)
            .iter()
            .flat_map(|part| {
                let mut content = vec![0; usize::try_from(part.length).unwrap()];
                if part.number == 1 {
                    content[..3].copy_from_slice(b"abc");
                }
                Sha256::digest(content).to_vec()
            })
            .collect();
        assert_eq!(text, format!("{}-5", Checksum::of(&of_parts).0));
    }
}
