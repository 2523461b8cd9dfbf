//! The folders of the emulator's files: shared files (packages, overlay) and the state of one running emulator.

use std::env;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::LocalError;

/// The folders of the emulator. What is in them runs as this user, so no other user may write there.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    /// Virtual environments and overlays, keyed by content, shared by all emulators of this user.
    pub shared: PathBuf,
    /// Record, log and scratch files of one emulator.
    pub state: PathBuf,
}

impl Home {
    /// `$PURLIN_CACHE`, else `$XDG_CACHE_HOME/purlin`, else `~/.cache/purlin`. `$PURLIN_LOCAL_STATE` is another folder
    /// for the state, so that a second emulator can run beside the first.
    pub fn from_env() -> Result<Self, LocalError> {
        let set = |name| env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let cache = set("PURLIN_CACHE")
            .or_else(|| set("XDG_CACHE_HOME").map(|dir| dir.join("purlin")))
            .or_else(|| set("HOME").map(|dir| dir.join(".cache/purlin")))
            .ok_or(LocalError::NoCacheFolder)?;
        let cache = std::path::absolute(&cache).map_err(LocalError::file("find", &cache))?;
        if cache.exists() {
            check_owned(&cache)?;
        }
        let shared = cache.join("local");
        let state = match set("PURLIN_LOCAL_STATE") {
            Some(dir) => std::path::absolute(&dir).map_err(LocalError::file("find", dir))?,
            None => shared.clone(),
        };
        Ok(Self { shared, state })
    }

    /// The record of the running emulator.
    pub fn record(&self) -> PathBuf {
        self.state.join("emulator.json")
    }

    /// The log of the running emulator.
    pub fn log(&self) -> PathBuf {
        self.state.join("emulator.log")
    }

    /// Prevents other `purlin` processes from starting or stopping this emulator until the returned file is dropped.
    pub fn lock_emulator(&self, progress: &mut dyn FnMut(&str)) -> Result<File, LocalError> {
        lock(&self.state, "emulator.lock", "another `purlin` starts or stops the emulator: waiting", progress)
    }

    /// Prevents other `purlin` processes from setting up the shared files until the returned file is dropped.
    pub fn lock_setup(&self, progress: &mut dyn FnMut(&str)) -> Result<File, LocalError> {
        lock(&self.shared, "setup.lock", "another `purlin` sets up the emulator: waiting", progress)
    }
}

/// Creates a folder for this user alone, with those above it, or checks that no other user can write to it.
pub(crate) fn own(folder: &Path) -> Result<(), LocalError> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder).map_err(LocalError::file("create", folder))?;
    check_owned(folder)
}

#[cfg(unix)]
fn check_owned(folder: &Path) -> Result<(), LocalError> {
    use std::os::unix::fs::MetadataExt as _;

    let open = |problem: String, remedy: String| LocalError::OpenFolder { path: folder.to_owned(), problem, remedy };
    let found = fs::metadata(folder).map_err(LocalError::file("read", folder))?;
    if found.mode() & 0o022 != 0 {
        let mode = found.mode() & 0o7777;
        let remedy = format!("look at what is in it, then close it with `chmod go-w {}`", folder.display());
        return Err(open(format!("can be written by other users (mode {mode:o})"), remedy));
    }
    // A new file belongs to this user.
    let probe = folder.join(format!("owner-{}", std::process::id()));
    let user = private(&probe).and_then(|file| file.metadata()).map(|it| it.uid());
    let user = user.map_err(LocalError::file("write", &probe))?;
    fs::remove_file(&probe).map_err(LocalError::file("delete", &probe))?;
    if found.uid() == user {
        return Ok(());
    }
    let remedy = "run this as that user".to_owned();
    Err(open(format!("belongs to another user (id {}, yours is {user})", found.uid()), remedy))
}

#[cfg(not(unix))]
fn check_owned(_folder: &Path) -> Result<(), LocalError> {
    Ok(())
}

fn lock(folder: &Path, name: &str, busy: &str, progress: &mut dyn FnMut(&str)) -> Result<File, LocalError> {
    own(folder)?;
    let path = folder.join(name);
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(LocalError::file("open", &path))?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => progress(busy),
        Err(TryLockError::Error(source)) => return Err(LocalError::File { what: "lock", path, source }),
    }
    file.lock().map_err(LocalError::file("lock", path))?;
    Ok(file)
}

/// Writes a file atomically: an interruption leaves the old content.
pub(crate) fn write_atomically(path: &Path, content: &[u8]) -> Result<(), LocalError> {
    let partial = path.with_extension("partial");
    let write = || {
        let mut file = private(&partial)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    };
    write().map_err(LocalError::file("write", path))
}

/// Opens an empty file that only this user can read.
pub(crate) fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The last lines of a text, for an error message.
pub(crate) fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    if lines.is_empty() {
        return "  (no output)".to_owned();
    }
    let last = &lines[lines.len().saturating_sub(15)..];
    last.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
