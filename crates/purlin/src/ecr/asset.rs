//! Builds of images from a Dockerfile: reads the folder once and hashes its files, so that the same files result in the
//! same image in any place. One of the few files of the library that read the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use purlin_assembly::folder::{self, Entry, EntryKind, Links, Reason, Unfit};
use purlin_assembly::{hex, is_assembly};
use purlin_construct::{DockerImageAsset, Expr, Scope, Value};
use sha2::{Digest, Sha256};

use super::dockerignore::DockerIgnore;
use crate::asset::{Mistake, UNREAD, digest, is_executable};

/// A build of an image. It becomes an asset only together with the hash of its files.
#[derive(Debug, Clone)]
pub(crate) struct ImageBuild {
    directory: PathBuf,
    file: Option<String>,
    build_args: BTreeMap<String, String>,
    target: Option<String>,
}

impl ImageBuild {
    /// The build of the last stage of a folder's `Dockerfile`.
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self { directory, file: None, build_args: BTreeMap::new(), target: None }
    }

    /// The Dockerfile, relative to the folder.
    pub(crate) fn file(self, path: impl Into<String>) -> Self {
        Self { file: Some(path.into()), ..self }
    }

    /// A value for an `ARG` of the Dockerfile.
    pub(crate) fn build_arg(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.build_args.insert(name.into(), value.into());
        self
    }

    /// The stage of the Dockerfile that is built.
    pub(crate) fn target(self, stage: impl Into<String>) -> Self {
        Self { target: Some(stage.into()), ..self }
    }

    /// Adds the asset and returns the image's URI; reports mistakes in the folder or the Dockerfile.
    ///
    /// The platform is that of the builder unless given.
    pub(crate) fn add_to(self, scope: &Scope, platform: Option<&str>) -> Value<String> {
        if !scope.reads_assets() {
            let Self { directory, file, build_args, target } = self;
            let (hash, platform) = (UNREAD.to_owned(), platform.map(str::to_owned));
            let files = Vec::new();
            return scope.add_docker_image_asset(DockerImageAsset {
                hash,
                directory,
                files,
                file,
                build_args,
                target,
                platform,
            });
        }
        match self.stage(platform.map(str::to_owned)) {
            Ok(asset) => scope.add_docker_image_asset(asset),
            Err(mistake) => {
                scope.error(mistake.message, mistake.hint);
                Value::new(Expr::from("missing"))
            }
        }
    }

    /// Checks the folder and the Dockerfile, and computes the hash.
    ///
    /// The hash covers the sorted relative paths, the bytes and the executable bit of the files, the targets of links,
    /// empty folders, what is unusual in the modes of folders, and the options of the build. It does not depend on the
    /// folder's place, on time stamps, on owners or on the umask.
    fn stage(self, platform: Option<String>) -> Result<DockerImageAsset, Mistake> {
        let directory = folder(&self.directory)?;
        let dockerfile = self.file.as_deref().unwrap_or("Dockerfile").trim_start_matches("./");
        check_dockerfile(&self.directory, &directory, dockerfile)?;
        let (ignore, ignore_file) = ignore(&directory, dockerfile)?;
        let context = Context::list(&self.directory, &directory, &ignore, dockerfile)?;
        let mut hash = Sha256::new();
        context.hash(&mut hash).map_err(|unfit| mistake(&self.directory, &unfit))?;
        self.hash_options(platform.as_ref(), &mut hash);
        let mut files: Vec<String> = context.entries.into_iter().map(|entry| entry.name).collect();
        // The builder reads it, even where it excludes itself. It only changes which files there are.
        files.extend(ignore_file.filter(|file| !files.contains(file)));
        let hash = hex(&hash.finalize());
        let Self { file, build_args, target, .. } = self;
        Ok(DockerImageAsset { hash, directory, files, file, build_args, target, platform })
    }

    fn hash_options(&self, platform: Option<&String>, hash: &mut Sha256) {
        let mut option = |name: &str, value: &str| {
            for part in [name, value] {
                hash.update(u64::try_from(part.len()).expect("a length fits in 64 bits").to_be_bytes());
                hash.update(part.as_bytes());
            }
        };
        self.build_args.iter().for_each(|(name, value)| option(&format!("build-arg {name}"), value));
        for (name, value) in [("file", self.file.as_ref()), ("target", self.target.as_ref()), ("platform", platform)] {
            if let Some(value) = value {
                option(name, value);
            }
        }
    }
}

fn folder(given: &Path) -> Result<PathBuf, Mistake> {
    let found = fs::canonicalize(given).ok().filter(|path| path.is_dir());
    found.ok_or_else(|| {
        let relative = if given.is_relative() { " (looked up from the current directory)" } else { "" };
        Mistake::new(
            format!("the image's build context `{}`{relative} is not a folder", given.display()),
            "give the folder of the Dockerfile; `concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/app\")` is a folder of your \
             crate in any current directory",
        )
    })
}

fn check_dockerfile(given: &Path, directory: &Path, dockerfile: &str) -> Result<(), Mistake> {
    let path = Path::new(dockerfile);
    if !path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
        return Err(Mistake::new(
            format!("the Dockerfile `{dockerfile}` is not inside the build context `{}`", given.display()),
            "give its path relative to the context, or take the folder above as the context",
        ));
    }
    if !directory.join(path).is_file() {
        return Err(Mistake::new(
            format!("the image's build context `{}` has no `{dockerfile}`", given.display()),
            "add one there, or give another by `.file(\"docker/Dockerfile\")`",
        ));
    }
    Ok(())
}

/// The patterns of `<Dockerfile>.dockerignore` if there is one, else of `.dockerignore`, as in BuildKit; and the file.
fn ignore(directory: &Path, dockerfile: &str) -> Result<(DockerIgnore, Option<String>), Mistake> {
    for name in [format!("{dockerfile}.dockerignore"), ".dockerignore".to_owned()] {
        let path = directory.join(&name);
        if path.is_file() {
            let text = fs::read(&path).map_err(|error| {
                mistake(directory, &Unfit { name: name.clone(), reason: Reason::Unreadable(error) })
            })?;
            return Ok((DockerIgnore::parse(&String::from_utf8_lossy(&text)), Some(name)));
        }
    }
    Ok((DockerIgnore::default(), None))
}

/// What the builder receives.
struct Context {
    root: PathBuf,
    /// Files, links and empty folders, sorted.
    entries: Vec<Entry>,
    /// The folders around them.
    around: BTreeSet<String>,
}

impl Context {
    /// Lists what the builder receives. Assemblies are left out: the output of one synthesis would otherwise change the
    /// hash of the next.
    fn list(given: &Path, root: &Path, ignore: &DockerIgnore, dockerfile: &str) -> Result<Self, Mistake> {
        let mut leaves_out = |name: &str, path: &Path, is_folder: bool| {
            let is_excluded = ignore.excludes(name);
            if is_folder {
                is_assembly(path) || (is_excluded && ignore.prunes(name))
            } else {
                // Docker sends the Dockerfile to the builder even where it is ignored.
                is_excluded && name != dockerfile
            }
        };
        let listing = folder::list(root, Links::Kept, &mut leaves_out).map_err(|unfit| mistake(given, &unfit))?;
        let mut entries = listing.entries;
        entries.retain(|entry| entry.kind != EntryKind::Folder || !ignore.excludes(&entry.name));
        let around: BTreeSet<String> = entries.iter().flat_map(|entry| folders_around(&entry.name)).collect();
        entries.retain(|entry| entry.kind != EntryKind::Folder || !around.contains(&entry.name));
        Ok(Self { root: root.to_owned(), entries, around })
    }

    fn hash(&self, hash: &mut Sha256) -> Result<(), Unfit> {
        for Entry { name, path, kind } in &self.entries {
            let unreadable = |error| Unfit { name: name.clone(), reason: Reason::Unreadable(error) };
            let metadata = fs::symlink_metadata(path).map_err(unreadable)?;
            let (kind, content) = match kind {
                EntryKind::Link(target) => (b'l', Sha256::digest(target.to_string_lossy().as_bytes())),
                EntryKind::Folder => (b'd', Sha256::digest("")),
                EntryKind::File => {
                    (if is_executable(&metadata) { b'x' } else { b'f' }, digest(path).map_err(unreadable)?)
                }
            };
            add(hash, kind, name);
            hash.update(content);
        }
        let empty = self.entries.iter().filter(|entry| entry.kind == EntryKind::Folder).map(|entry| &entry.name);
        for name in self.around.iter().chain(empty) {
            let metadata = fs::metadata(self.root.join(name));
            let metadata = metadata.map_err(|error| Unfit { name: name.clone(), reason: Reason::Unreadable(error) })?;
            if let Some(mode) = unusual_mode(&metadata) {
                add(hash, b'm', name);
                hash.update(mode.to_be_bytes());
            }
        }
        Ok(())
    }
}

fn add(hash: &mut Sha256, kind: u8, name: &str) {
    hash.update([kind]);
    hash.update(u64::try_from(name.len()).expect("a length fits in 64 bits").to_be_bytes());
    hash.update(name.as_bytes());
}

/// `a/b` and `a` of `a/b/c`.
fn folders_around(name: &str) -> impl Iterator<Item = String> {
    name.match_indices('/').map(|(end, _)| name[..end].to_owned())
}

/// What no umask gives a folder: setuid, setgid, sticky, and that all users can write.
#[cfg(unix)]
fn unusual_mode(metadata: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    Some(metadata.permissions().mode() & 0o7002).filter(|mode| *mode != 0)
}

#[cfg(not(unix))]
fn unusual_mode(_metadata: &fs::Metadata) -> Option<u32> {
    None
}

/// What is said of something in a build context that cannot be taken along.
fn mistake(given: &Path, unfit: &Unfit) -> Mistake {
    Mistake::new(
        format!("the image's build context `{}` cannot be sent to the builder: {unfit}", given.display()),
        format!("{}, or leave it out by `.dockerignore`", unfit.reason.remedy()),
    )
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::time::{Duration, SystemTime};

    use super::*;

    fn build(directory: &Path) -> ImageBuild {
        ImageBuild::new(directory.to_owned())
    }

    fn hash(directory: &Path) -> String {
        build(directory).stage(None).expect("the context can be staged").hash
    }

    fn app() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("src")).expect("a folder");
        fs::write(folder.path().join("Dockerfile"), "FROM scratch\n").expect("a file");
        fs::write(folder.path().join("src/main.rs"), "fn main() {}\n").expect("a file");
        folder
    }

    #[test]
    fn the_hash_depends_on_the_content_and_not_on_the_place_or_the_time() {
        let (one, two) = (app(), app());
        let file = File::options().write(true).open(two.path().join("Dockerfile")).expect("the file is there");
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1)).expect("the file is ours");
        let first = hash(one.path());
        assert_eq!(first.len(), 64);
        assert_eq!(first, hash(two.path()));
        assert_eq!(first, hash(&one.path().join("src/..")));
    }

    #[test]
    fn the_hash_changes_with_bytes_names_the_executable_bit_and_options() {
        let folder = app();
        let mut seen = vec![hash(folder.path())];
        let mut changed = |found: String| {
            assert!(!seen.contains(&found));
            seen.push(found);
        };
        let main = folder.path().join("src/main.rs");
        fs::write(&main, "fn main() { }\n").expect("a file");
        changed(hash(folder.path()));
        fs::set_permissions(&main, fs::Permissions::from_mode(0o755)).expect("the file is ours");
        changed(hash(folder.path()));
        fs::rename(&main, folder.path().join("src/app.rs")).expect("the file is ours");
        changed(hash(folder.path()));
        symlink("app.rs", folder.path().join("src/main.rs")).expect("a link");
        changed(hash(folder.path()));
        let plain = build(folder.path());
        let mut with = |build: ImageBuild, platform: Option<&str>| {
            changed(build.stage(platform.map(str::to_owned)).expect("the context can be staged").hash);
        };
        with(plain.clone().target("release"), None);
        with(plain.clone().build_arg("A", "b"), None);
        with(plain, Some("linux/arm64"));
    }

    #[test]
    fn ignored_files_do_not_count_but_the_dockerfile_does() {
        let folder = app();
        fs::write(folder.path().join(".dockerignore"), "*\n!src\n").expect("a file");
        let before = hash(folder.path());
        fs::write(folder.path().join("notes.txt"), "x").expect("a file");
        let files = build(folder.path()).stage(None).expect("the context can be staged").files;
        assert_eq!(files, ["Dockerfile", "src/main.rs", ".dockerignore"]);
        symlink("/etc/passwd", folder.path().join("ignored-link")).expect("a link");
        assert_eq!(before, hash(folder.path()));
        fs::write(folder.path().join("Dockerfile"), "FROM busybox\n").expect("a file");
        assert_ne!(before, hash(folder.path()));
    }

    #[test]
    fn an_assembly_inside_the_context_does_not_count() {
        let folder = app();
        let before = hash(folder.path());
        purlin_assembly::CloudAssembly::new().write(&folder.path().join("purlin.out")).expect("the folder is ours");
        assert_eq!(before, hash(folder.path()));
    }

    #[test]
    fn mistakes_say_what_to_do() {
        let folder = app();
        let missing = build(&folder.path().join("nowhere")).stage(None).expect_err("there is no such folder");
        assert!(missing.message.contains("nowhere` is not a folder") && missing.hint.contains("CARGO_MANIFEST_DIR"));
        let other = build(folder.path()).file("Containerfile").stage(None).expect_err("there is no such file");
        assert!(other.message.ends_with("has no `Containerfile`"), "{other:?}");
        let outside = build(folder.path()).file("../Dockerfile").stage(None).expect_err("it is outside");
        assert!(outside.message.contains("is not inside"), "{outside:?}");
        for target in ["/etc/passwd", "../../outside", "../nowhere/../.."] {
            let link = folder.path().join("src/link");
            symlink(target, &link).expect("a link");
            let escapes = build(folder.path()).stage(None).expect_err("the link leaves the folder");
            assert!(escapes.message.contains(&format!("`src/link` is a link to `{target}`")), "{escapes:?}");
            fs::remove_file(link).expect("the link is ours");
        }
    }
}
