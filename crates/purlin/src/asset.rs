//! Stages folders and archives under the hash of their content, so that the same files are uploaded once. One of the few
//! files of the library that read the disk.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use purlin_assembly::folder::{Entry, EntryKind, Links, Listing, Reason, Unfit, list};
use purlin_assembly::{hex, is_assembly};
use purlin_construct::{FileAsset, Packaging, Scope};
use sha2::{Digest, Sha256};

/// The reason why files cannot be staged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) message: String,
    pub(crate) hint: String,
}

impl Mistake {
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }
}

/// The hash of an asset that is not read.
pub(crate) const UNREAD: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The extensions of archives that are uploaded as they are, as in the CDK.
const ARCHIVES: [&str; 2] = ["zip", "jar"];

/// A folder that is uploaded as a zip file, or such a file (`.zip`, `.jar`), which is uploaded as it is.
///
/// A folder's hash covers the sorted relative paths, the bytes and the executable bit of the files; of a link, those of
/// its target. It does not depend on the folder's place, on time stamps or on owners. An assembly inside the folder is
/// left out, and so are links to nothing, with a warning. The hash of an archive is that of its bytes.
///
/// `what` names it in messages: `the function's code`.
pub(crate) fn folder_or_archive(scope: &Scope, given: &Path, what: &str) -> Result<FileAsset, Mistake> {
    if !scope.reads_assets() {
        return Ok(zipped(UNREAD.to_owned(), given.to_owned()));
    }
    let extension = given.extension().and_then(|it| it.to_str()).unwrap_or_default();
    if given.is_file() && ARCHIVES.iter().any(|it| extension.eq_ignore_ascii_case(it)) {
        return archive(scope, given, extension, what);
    }
    let (asset, dangling) = folder(given, what)?;
    if !dangling.is_empty() {
        let names: Vec<String> = dangling.iter().map(|name| format!("`{name}`")).collect();
        scope.warning(
            format!(
                "{what} `{}` has links that point to nothing, and is packed without them: {}",
                given.display(),
                names.join(", ")
            ),
            "remove the links, or add what they point to",
        );
    }
    Ok(asset)
}

fn zipped(hash: String, path: PathBuf) -> FileAsset {
    FileAsset { hash, path, packaging: Packaging::Zip, extension: ".zip".to_owned() }
}

fn archive(scope: &Scope, given: &Path, extension: &str, what: &str) -> Result<FileAsset, Mistake> {
    let unreadable =
        |error| mistake(what, given, &Unfit { name: given.display().to_string(), reason: Reason::Unreadable(error) });
    let path = std::path::absolute(given).map_err(unreadable)?;
    let hash = hex(&digest(&path).map_err(unreadable)?);
    if !first_bytes(&path, 4).map_err(unreadable)?.starts_with(b"PK") {
        scope.warning(
            format!("{what} `{}` does not begin as a zip archive does, and AWS would not unpack it", given.display()),
            "pack it again, or give the folder: it is packed when the stack is deployed",
        );
    }
    Ok(FileAsset { hash, path, packaging: Packaging::File, extension: format!(".{extension}") })
}

/// The folder as an asset, and its links to nothing.
fn folder(given: &Path, what: &str) -> Result<(FileAsset, Vec<String>), Mistake> {
    let root = find(given, what)?;
    let unfit = |unfit: Unfit| mistake(what, given, &unfit);
    let mut leaves_out = |_: &str, path: &Path, is_folder: bool| is_folder && is_assembly(path);
    let Listing { entries, dangling } = list(&root, Links::Followed, &mut leaves_out).map_err(unfit)?;
    let mut files = entries.into_iter().filter(|entry| entry.kind == EntryKind::File).peekable();
    if files.peek().is_none() || is_assembly(&root) {
        return Err(Mistake::new(
            format!("{what} `{}` is a folder without files", given.display()),
            "put the files there, or give another folder",
        ));
    }
    let mut hash = Sha256::new();
    for Entry { name, path, .. } in files {
        let content = fs::metadata(&path).and_then(|metadata| Ok((metadata, digest(&path)?)));
        let (metadata, content) =
            content.map_err(|error| unfit(Unfit { name: name.clone(), reason: Reason::Unreadable(error) }))?;
        hash.update([if is_executable(&metadata) { b'x' } else { b'f' }]);
        hash.update(u64::try_from(name.len()).expect("a length fits in 64 bits").to_be_bytes());
        hash.update(name.as_bytes());
        hash.update(content);
    }
    Ok((zipped(hex(&hash.finalize()), root), dangling))
}

/// What is said of something in a folder that cannot be taken along.
fn mistake(what: &str, given: &Path, unfit: &Unfit) -> Mistake {
    Mistake::new(format!("{what} `{}` cannot be packed: {unfit}", given.display()), unfit.reason.remedy())
}

/// The first bytes of a file, at most `length`.
pub(crate) fn first_bytes(path: &Path, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn find(given: &Path, what: &str) -> Result<PathBuf, Mistake> {
    match fs::canonicalize(given) {
        Ok(path) if path.is_dir() => Ok(path),
        Ok(_) => Err(Mistake::new(
            format!("{what} `{}` is neither a folder nor an archive (`.zip`, `.jar`)", given.display()),
            "give the folder of the files, or a zip archive",
        )),
        Err(_) => {
            let relative = if given.is_relative() { " (looked up from the current directory)" } else { "" };
            Err(Mistake::new(
                format!("{what} `{}`{relative} is not a folder", given.display()),
                "give the folder of the files; `concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/app\")` is a folder of your \
                 crate in any current directory",
            ))
        }
    }
}

/// The hash of a file's bytes.
pub(crate) fn digest(path: &Path) -> io::Result<sha2::digest::Output<Sha256>> {
    let mut file = File::open(path)?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 64 * 1024]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hash.finalize()),
            length => hash.update(&buffer[..length]),
        }
    }
}

#[cfg(unix)]
pub(crate) fn is_executable(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
pub(crate) fn is_executable(_metadata: &fs::Metadata) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn sample() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("lib")).expect("a folder");
        fs::write(folder.path().join("index.py"), "import lib.a\n").expect("a file");
        fs::write(folder.path().join("lib/a.py"), "A = 1\n").expect("a file");
        folder
    }

    fn hash(path: &Path) -> String {
        folder(path, "the code").expect("the folder can be staged").0.hash
    }

    #[test]
    fn the_hash_depends_on_names_bytes_and_the_executable_bit_alone() {
        let (one, two) = (sample(), sample());
        fs::create_dir(two.path().join("empty")).expect("a folder");
        let mut seen = vec![hash(one.path())];
        assert_eq!(seen[0], hash(two.path()));
        let mut changed = || {
            let now = hash(one.path());
            assert!(now.len() == 64 && !seen.contains(&now), "{now}");
            seen.push(now);
        };
        let file = one.path().join("lib/a.py");
        fs::write(&file, "A = 2\n").expect("a file");
        changed();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("the file is ours");
        changed();
        fs::rename(&file, one.path().join("lib/b.py")).expect("the file is ours");
        changed();
    }

    #[test]
    fn a_link_counts_as_what_it_points_to() {
        let (linked, copied) = (sample(), sample());
        symlink("lib/a.py", linked.path().join("a.py")).expect("a link");
        fs::copy(copied.path().join("lib/a.py"), copied.path().join("a.py")).expect("a copy");
        assert_eq!(hash(linked.path()), hash(copied.path()));
    }

    #[test]
    fn an_assembly_inside_does_not_count() {
        let folder = sample();
        let before = hash(folder.path());
        purlin_assembly::CloudAssembly::new().write(&folder.path().join("purlin.out")).expect("the folder is ours");
        assert_eq!(before, hash(folder.path()));
    }

    #[test]
    fn mistakes_say_what_to_do() {
        let refused = |path: &Path| folder(path, "the code").expect_err("it cannot be staged");
        let sound = sample();
        assert!(refused(&sound.path().join("nowhere")).hint.contains("CARGO_MANIFEST_DIR"));
        let empty = tempfile::tempdir().expect("a temporary folder");
        assert!(refused(empty.path()).message.ends_with("is a folder without files"));
        fs::write(sound.path().join("one.py"), "x").expect("a file");
        assert!(refused(&sound.path().join("one.py")).message.contains("is neither a folder nor an archive"));
    }
}
