//! What can be wrong with an assembly, in words for the person who runs the tool.

use std::io;
use std::path::PathBuf;

use crate::folder::Unfit;
use crate::select;

/// Why an assembly could not be read, selected from or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AssemblyError {
    /// There is no assembly in the folder.
    #[error(
        "there is no cloud assembly in `{}`: it has no `manifest.json`; synthesize the app first",
        directory.display()
    )]
    NotFound {
        /// The folder that was looked into.
        directory: PathBuf,
    },
    /// A file of the assembly could not be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file of the assembly could not be written.
    #[error("cannot write `{}`: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file is not the JSON it should be.
    #[error("`{}` is not what a cloud assembly holds there; synthesize the app again: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Where and why it does not parse.
        source: serde_json::Error,
    },
    /// The assembly is of a CDK that is newer than this crate, or no version.
    #[error(
        "`{}` has `{what}` `{found}`, and at most {known} is read (`{known}.x.x`): \
         update Purlin, or synthesize the app with an older `aws-cdk-lib`",
        path.display()
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// The field.
        what: &'static str,
        /// Its value.
        found: String,
        /// The newest major version that is read.
        known: u64,
    },
    /// A folder that is part of the assembly twice, perhaps inside itself.
    #[error(
        "the assembly in `{}` is included twice; synthesize the app again, with a folder of its own for each stage",
        directory.display()
    )]
    Repeated {
        /// The folder.
        directory: PathBuf,
    },
    /// Stages inside stages without end.
    #[error(
        "the assembly in `{}` is inside more than {deepest} others; at most {deepest} stages are read inside each other",
        directory.display()
    )]
    TooDeep {
        /// The folder.
        directory: PathBuf,
        /// The limit.
        deepest: usize,
    },
    /// An artifact's properties do not fit its kind.
    #[error("the properties of artifact `{artifact}` do not fit its type `{kind}`: {source}")]
    Properties {
        /// The artifact's id.
        artifact: String,
        /// Its type.
        kind: String,
        /// Why they do not fit.
        source: serde_json::Error,
    },
    /// The output folder holds something else.
    #[error(
        "`{}` holds something other than a cloud assembly and would be replaced: \
         choose another output folder, or empty this one",
        directory.display()
    )]
    WouldReplace {
        /// The folder that was left alone.
        directory: PathBuf,
    },
    /// The output folder is a file.
    #[error("the output `{}` is not a folder: choose another one, or remove it", path.display())]
    OutputIsFile {
        /// The file.
        path: PathBuf,
    },
    /// The output folder is a link to nothing.
    #[error("the output `{}` is a link to nothing: make the folder it points to, or choose another one", path.display())]
    OutputIsDangling {
        /// The link.
        path: PathBuf,
    },
    /// A path inside the assembly leaves it.
    #[error(
        "`{}` leads out of the assembly; its files have to be inside its folder, also where a link points to: \
         synthesize the app again",
        path.display()
    )]
    OutsideAssembly {
        /// The path that was given.
        path: PathBuf,
    },
    /// A file changed between the begin of a deployment and its use.
    #[error(
        "`{}` changed while it was deployed, perhaps by another synthesis into the same folder; \
         nothing of the change was deployed: run this again when the other one is done",
        path.display()
    )]
    Changed {
        /// The file or folder.
        path: PathBuf,
    },
    /// Something in a folder cannot be copied into the assembly.
    #[error("cannot copy the folder `{}`: {unfit}; {}", folder.display(), unfit.reason.remedy())]
    Unfit {
        /// The folder.
        folder: PathBuf,
        /// What is in it.
        unfit: Unfit,
    },
    /// A file could not be copied into the assembly.
    #[error("cannot copy `{}` to `{}`: {source}", from.display(), to.display())]
    Copy {
        /// The file.
        from: PathBuf,
        /// Its place in the assembly.
        to: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// An environment is not written as `aws://ACCOUNT/REGION`.
    #[error("`{given}` is not an environment: it is written `aws://ACCOUNT/REGION`")]
    BadEnvironment {
        /// What was given.
        given: String,
    },
    /// A stack without an environment.
    #[error("stack `{artifact}` names no environment: it needs `aws://ACCOUNT/REGION`")]
    MissingEnvironment {
        /// The artifact's id.
        artifact: String,
    },
    /// An artifact depends on one that is not there.
    #[error("artifact `{artifact}` depends on `{dependency}`, which the assembly does not have")]
    DanglingDependency {
        /// The artifact that depends.
        artifact: String,
        /// What is missing.
        dependency: String,
    },
    /// Artifacts that depend on each other.
    #[error("these artifacts depend on each other: {}", quoted(artifacts, " -> "))]
    DependencyCycle {
        /// The artifacts along the cycle, the first repeated at the end.
        artifacts: Vec<String>,
    },
    /// The assembly has no stacks at all.
    #[error("the assembly in `{}` has no stacks", directory.display())]
    NoStacks {
        /// The assembly's folder.
        directory: PathBuf,
    },
    /// No stack answers to a name.
    #[error("no stack matches `{pattern}`; the assembly has {}", quoted(stacks, ", "))]
    NoSuchStack {
        /// What was asked for.
        pattern: String,
        /// What there is.
        stacks: Vec<String>,
    },
    /// Several stacks and none chosen.
    #[error("the assembly has several stacks, so name the ones you mean, or `'**'` for all: {}", quoted(stacks, ", "))]
    ChooseStacks {
        /// What there is.
        stacks: Vec<String>,
    },
}

impl AssemblyError {
    /// What to do, where the message does not say it. `nearest` finds the name that was probably meant.
    pub fn hint(&self, nearest: impl Fn(&str, &[String]) -> Option<String>) -> Option<String> {
        let Self::NoSuchStack { pattern, stacks } = self else { return None };
        let meant = nearest(pattern, stacks).filter(|_| !select::has_wildcards(pattern));
        meant.map(|name| format!("did you mean `{name}`?")).or_else(|| select::advice(pattern, stacks))
    }

    pub(crate) fn read(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Read { path, source }
    }

    pub(crate) fn write(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Write { path, source }
    }
}

fn quoted(names: &[String], separator: &str) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(separator)
}
