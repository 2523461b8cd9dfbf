//! Reads the files that users name. A pipe that nothing writes to, or a device, would block the command or fill the
//! memory; what a shell opened itself (`<(..)`, `/dev/stdin`) is read as far as a file would be.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use purlin_assembly::{LARGEST_FILE, read_file, read_text};

/// The bytes of a file.
pub(crate) fn bytes(file: &Path) -> io::Result<Vec<u8>> {
    if !is_opened(file) {
        return read_file(file, LARGEST_FILE);
    }
    let mut bytes = Vec::new();
    File::open(file)?.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {LARGEST_FILE} bytes")));
    }
    Ok(bytes)
}

/// The text of a file.
pub(crate) fn text(file: &Path) -> io::Result<String> {
    if !is_opened(file) {
        return read_text(file, LARGEST_FILE);
    }
    String::from_utf8(bytes(file)?).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()))
}

fn is_opened(file: &Path) -> bool {
    file == Path::new("/dev/stdin") || file.starts_with("/dev/fd") || file.starts_with("/proc/self/fd")
}
