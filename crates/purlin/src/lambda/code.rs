//! The code of functions.

use std::path::{Path, PathBuf};

use purlin_cfn::lambda::{FunctionCode, FunctionImageConfig};
use purlin_construct::{FileAsset, IntoValue, Packaging, Scope, Value, Word};

use super::code_image::{AssetImageCode, ImageSource};
use super::function_props::Architecture;
use super::runtime::{self, Runtime};
use crate::asset::{self, Mistake};
use crate::check::Checks;
use crate::ecr::Repository;

/// The longest code CloudFormation takes inside a template, in bytes
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html>).
const MOST_INLINE: usize = 4 * 1024 * 1024;

/// The code of a function, with the runtime and the handler unless it is an image.
///
/// ```
/// use purlin::lambda::{Code, Runtime};
///
/// let inline = Code::from_inline(Runtime::PYTHON3_13, "index.handler", "def handler(event, context):\n    return 'hi'\n");
/// let folder = Code::from_asset(Runtime::NODEJS24_X, "app.handler", "functions/api");
/// let rust = Code::from_rust("target/lambda/api");
/// ```
#[derive(Debug, Clone)]
#[must_use = "code does nothing until it is given to a function"]
pub struct Code(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Zip { source: Source, runtime: Word<Runtime>, handler: Value<String> },
    Image(ImageSource),
}

#[derive(Debug, Clone)]
enum Source {
    Inline(Value<String>),
    Folder(PathBuf),
    Rust(PathBuf),
    Object { bucket: Value<String>, key: Value<String>, version: Option<Value<String>> },
}

/// The properties of the resource that are about the code.
pub(super) struct Bound {
    pub code: FunctionCode,
    /// None for an image.
    pub runtime: Option<(Word<Runtime>, Value<String>)>,
    pub image: Option<FunctionImageConfig>,
}

impl Code {
    /// Code inside the template, for a few lines of Python or JavaScript; at most 4 MB.
    ///
    /// Lambda writes it to a file named `index`, so the handler is `index.` and the function's name in the code.
    pub fn from_inline(runtime: Word<Runtime>, handler: impl IntoValue<String>, code: impl IntoValue<String>) -> Self {
        Self::zip(Source::Inline(code.into_value()), runtime, handler)
    }

    /// A folder with the code and its dependencies, or an archive (`.zip`, `.jar`) that another build packed. The folder is
    /// zipped and uploaded when the stack is deployed. Its name is a hash of its files: the function changes only when a
    /// file changes.
    ///
    /// Links count as what they point to; links to nothing are left out with a warning. Sockets, named pipes and devices
    /// are problems. A relative path is looked up from the current directory; `concat!(env!("CARGO_MANIFEST_DIR"), "/functions/api")`
    /// finds a folder of the crate from any directory.
    pub fn from_asset(runtime: Word<Runtime>, handler: impl IntoValue<String>, path: impl Into<PathBuf>) -> Self {
        Self::zip(Source::Folder(path.into()), runtime, handler)
    }

    /// A folder with a compiled Rust function: the executable file `bootstrap`, on `provided.al2023`; or the archive that
    /// `cargo lambda build --output-format zip` makes.
    ///
    /// [cargo lambda](https://www.cargo-lambda.info) makes such folders: `cargo lambda build --release` builds
    /// `target/lambda/NAME/bootstrap`, with `--arm64` for [`Architecture::Arm64`]. Without it, build for
    /// `x86_64-unknown-linux-musl` or `aarch64-unknown-linux-musl` and copy the program to `FOLDER/bootstrap`.
    ///
    /// A missing `bootstrap`, one that is not a Linux program, or one for another architecture is a problem.
    pub fn from_rust(folder: impl Into<PathBuf>) -> Self {
        Self::zip(Source::Rust(folder.into()), Runtime::PROVIDED_AL2023, "bootstrap")
    }

    /// A zip file in a bucket of the stack's region. CloudFormation updates the function only when bucket, key or version
    /// change, so use another key for each upload or set its [version](Self::object_version).
    pub fn from_bucket(
        runtime: Word<Runtime>,
        handler: impl IntoValue<String>,
        bucket_name: impl IntoValue<String>,
        key: impl IntoValue<String>,
    ) -> Self {
        let source = Source::Object { bucket: bucket_name.into_value(), key: key.into_value(), version: None };
        Self::zip(source, runtime, handler)
    }

    /// The same, for this version of the object.
    pub fn object_version(mut self, version: impl IntoValue<String>) -> Self {
        if let Kind::Zip { source: Source::Object { version: slot, .. }, .. } = &mut self.0 {
            *slot = Some(version.into_value());
        }
        self
    }

    /// An image that is built from the Dockerfile of a folder, and pushed, when the stack is deployed. It is built for
    /// the function's architecture, and has to implement Lambda's runtime interface
    /// (<https://docs.aws.amazon.com/lambda/latest/dg/images-create.html>).
    pub fn from_asset_image(folder: impl Into<PathBuf>) -> AssetImageCode {
        AssetImageCode::new(folder.into())
    }

    /// An image of a repository of ECR in the stack's region, by a tag, or by a digest that begins with `sha256:`.
    /// If the app makes the repository, its policy permits Lambda to pull.
    ///
    /// Lambda resolves a tag when the function is created or updated: pushing another image to the same tag does not
    /// change the function.
    pub fn from_ecr_image(repository: &Repository, tag: impl IntoValue<String>) -> Self {
        Self::image(ImageSource::Repository { repository: repository.clone(), tag: tag.into_value() })
    }

    fn zip(source: Source, runtime: Word<Runtime>, handler: impl IntoValue<String>) -> Self {
        Self(Kind::Zip { source, runtime, handler: handler.into_value() })
    }

    pub(super) fn image(source: ImageSource) -> Self {
        Self(Kind::Image(source))
    }

    pub(super) fn is_image(&self) -> bool {
        matches!(self.0, Kind::Image(_))
    }

    /// Reports a handler that the runtime cannot find. A layer may have the file of the handler.
    pub(super) fn check_handler(&self, scope: &Scope, has_layers: bool) {
        let Kind::Zip { source, runtime, handler } = &self.0 else { return };
        let Some(handler) = handler.as_str() else { return };
        if let Some(form) = runtime::refused_form(runtime, handler) {
            scope.error(
                format!("the handler is `{handler}`, but `{runtime}` takes handlers of the form `{form}`"),
                format!("write it as `{form}`"),
            );
        } else if matches!(source, Source::Inline(_)) && !has_layers && !runtime::is_in_index(runtime, handler) {
            scope.error(
                format!(
                    "the handler is `{handler}`, but code in the template is in a file named `index`, so AWS takes \
                     `index.` and the name of a function"
                ),
                format!("write `index.{}`", handler.rsplit('.').next().unwrap_or(handler)),
            );
        }
    }

    /// Registers the asset, and reports mistakes in the code.
    pub(super) fn bind(self, scope: &Scope, architecture: Architecture) -> Bound {
        match self.0 {
            Kind::Image(source) => {
                let (uri, image) = source.bind(scope, architecture);
                Bound { code: FunctionCode::new().image_uri(uri), runtime: None, image }
            }
            Kind::Zip { source, runtime, handler } => {
                runtime::check(scope, &runtime);
                let hint = "write the file and the function in it: `index.handler`";
                let check = scope.check("the handler").hint(hint);
                check.characters(&handler, 1..=128, |c| !c.is_whitespace(), "characters without spaces");
                let code = source.bind(scope, &runtime, architecture);
                Bound { code, runtime: Some((runtime, handler)), image: None }
            }
        }
    }
}

impl Source {
    fn bind(self, scope: &Scope, runtime: &Word<Runtime>, architecture: Architecture) -> FunctionCode {
        let staged = match self {
            Self::Inline(code) => {
                check_inline(scope, runtime, &code);
                return FunctionCode::new().zip_file(code);
            }
            Self::Object { bucket, key, version } => {
                let code = FunctionCode::new().s3_bucket(bucket).s3_key(key);
                return match version {
                    Some(version) => code.s3_object_version(version),
                    None => code,
                };
            }
            Self::Folder(path) => asset::folder_or_archive(scope, &path, "the function's code"),
            Self::Rust(folder) => stage_rust(scope, &folder, architecture),
        };
        match staged {
            Ok(asset) => {
                let location = scope.add_file_asset(asset);
                FunctionCode::new().s3_bucket(location.bucket).s3_key(location.key)
            }
            Err(mistake) => {
                scope.error(mistake.message, mistake.hint);
                FunctionCode::new().s3_bucket("missing-code").s3_key("missing")
            }
        }
    }
}

fn check_inline(scope: &Scope, runtime: &Word<Runtime>, code: &Value<String>) {
    if !runtime::takes_inline(runtime) {
        scope.error(
            format!(
                "the code in the template has the runtime `{runtime}`, but AWS takes it for Node.js and Python only"
            ),
            "keep the code in a folder: `Code::from_asset(..)`",
        );
    }
    let Some(text) = code.as_str() else { return };
    if text.trim().is_empty() {
        scope.error("the function's code is empty", "add the handler");
    }
    let size = scope.check("the code in the template").hint("keep the code in a folder: `Code::from_asset(..)`");
    size.count("bytes", text.len(), ..=MOST_INLINE);
}

/// Checks that the folder has a program that Lambda can start.
fn stage_rust(scope: &Scope, folder: &Path, architecture: Architecture) -> Result<FileAsset, Mistake> {
    const BUILD: &str = "build it first: `cargo lambda build --release` makes `target/lambda/NAME/bootstrap`";
    let asset = asset::folder_or_archive(scope, folder, "the folder of the Rust function").map_err(|mistake| {
        let hint = if folder.is_dir() { mistake.hint } else { format!("{BUILD}; then pass that folder") };
        Mistake::new(mistake.message, hint)
    })?;
    if asset.packaging == Packaging::File || !scope.reads_assets() {
        return Ok(asset);
    }
    let program = asset.path.join("bootstrap");
    let Ok(start) = asset::first_bytes(&program, 20) else {
        return Err(Mistake::new(format!("the folder `{}` has no file `bootstrap`", folder.display()), BUILD));
    };
    let Some(built) = built_for(&start) else {
        return Err(Mistake::new(
            format!(
                "`{}` is not a program that Lambda can start: a 64-bit ELF executable for Linux",
                program.display()
            ),
            "build it for Linux with `cargo lambda build --release`",
        ));
    };
    if built != architecture {
        return Err(Mistake::new(
            format!(
                "`{}` is built for `{}`, but the function runs on `{}`",
                program.display(),
                built.name(),
                architecture.name()
            ),
            "set `.architecture(..)` of the function, or build it for the other: `cargo lambda build --release --arm64`",
        ));
    }
    Ok(asset)
}

/// The architecture of an ELF program, from its first 20 bytes.
fn built_for(start: &[u8]) -> Option<Architecture> {
    let is_64_bit_little_endian = start.starts_with(b"\x7fELF\x02\x01");
    match start.get(18..20).filter(|_| is_64_bit_little_endian)? {
        [0x3e, 0] => Some(Architecture::X86_64),
        [0xb7, 0] => Some(Architecture::Arm64),
        _ => None,
    }
}
