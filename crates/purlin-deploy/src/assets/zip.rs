//! Packs a folder into a reproducible zip file: sorted names, no time stamps.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use purlin_assembly::folder::Listing;

use super::folder::list;
use crate::error::DeployError;

/// Packs the files of a folder with their executable bits. Returns the dangling links, which are left out.
pub(crate) fn pack(asset: &str, folder: &Path, into: &File) -> Result<Vec<String>, DeployError> {
    let Listing { entries, dangling } = list(asset, folder)?;
    let mut writer = ZipWriter::new(into);
    for file in entries {
        add(&mut writer, &file.name, &file.path).map_err(DeployError::file(&file.path))?;
    }
    writer.finish().map_err(|error| DeployError::file(folder)(error.into()))?;
    Ok(dangling)
}

fn add(writer: &mut ZipWriter<&File>, name: &str, path: &Path) -> io::Result<()> {
    let metadata = fs::metadata(path)?;
    // The earliest time in a zip file: real times would change the archive with each checkout.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .large_file(metadata.len() >= u64::from(u32::MAX))
        .unix_permissions(if is_executable(&metadata) { 0o755 } else { 0o644 });
    writer.start_file(name, options)?;
    io::copy(&mut File::open(path)?, writer)?;
    Ok(())
}

#[cfg(unix)]
fn is_executable(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_metadata: &fs::Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn equal_content_gives_equal_bytes() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("b")).unwrap();
        let inner = folder.path().join("b/inner.txt");
        fs::write(&inner, "x".repeat(1000)).unwrap();
        fs::write(folder.path().join("a.txt"), "a").unwrap();
        let packed = || {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            pack("code", folder.path(), file.as_file_mut()).unwrap();
            fs::read(file.path()).unwrap()
        };
        let first = packed();
        let earlier = SystemTime::now() - Duration::from_hours(25);
        File::options().write(true).open(&inner).unwrap().set_modified(earlier).unwrap();
        assert_eq!(packed(), first);
        assert!(first.len() < 600, "it is compressed: {}", first.len());
        let mut archive = zip::ZipArchive::new(io::Cursor::new(first)).unwrap();
        let names: Vec<String> =
            (0..archive.len()).map(|index| archive.by_index(index).unwrap().name().unwrap().into_owned()).collect();
        assert_eq!(names, ["a.txt", "b/inner.txt"]);
    }
}
