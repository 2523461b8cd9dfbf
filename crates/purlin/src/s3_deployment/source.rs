//! Sources of files to publish, and their cache settings.

use std::path::{Path, PathBuf};
use std::time::Duration;

use purlin_construct::{Expr, IntoValue, Json, Scope, Value, intrinsics};

use crate::asset;
use crate::time::seconds;

/// Files to publish.
#[derive(Debug, Clone)]
#[must_use = "a source does nothing until it is given to a deployment"]
pub struct Source(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Folder(PathBuf),
    Text { path: String, text: Value<String> },
}

/// A source whose files are registered.
pub(super) enum Staged {
    Folder(Expr),
    Text(String, Expr),
}

impl Source {
    /// All files of a folder. It is zipped and uploaded when the stack is deployed, and named by a hash of its files.
    ///
    /// A relative folder is looked up from the current directory; `concat!(env!("CARGO_MANIFEST_DIR"), "/site")` finds
    /// a folder of the crate from any directory.
    pub fn folder(path: impl Into<PathBuf>) -> Self {
        Self(Kind::Folder(path.into()))
    }

    /// A small text, which can contain values that are resolved at deployment. Not for secrets.
    pub fn text(path: impl Into<String>, text: impl IntoValue<String>) -> Self {
        Self(Kind::Text { path: path.into(), text: text.into_value() })
    }

    /// A small JSON file, which can contain values that are resolved at deployment. Not for secrets.
    pub fn json(path: impl Into<String>, value: impl IntoValue<Json>) -> Self {
        Self::text(path, intrinsics::json_text(value))
    }

    /// A JSON file with one object of texts, such as the settings of a page:
    /// `Source::json_object("config.json", [("clientId", client.id())])`. Not for secrets.
    pub fn json_object<K: Into<String>, V: IntoValue<String>>(
        path: impl Into<String>,
        fields: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let fields = fields.into_iter().map(|(name, value)| (name.into(), value.into_value().into_expr()));
        Self::json(path, Value::<Json>::new(Expr::map(fields)))
    }

    pub(super) fn stage(self, scope: &Scope) -> Option<Staged> {
        match self.0 {
            Kind::Text { path, text } => {
                if path.is_empty() || path.starts_with('/') || path.ends_with('/') {
                    scope.error(
                        format!("`{path}` is not the path of a file: it is empty, or begins or ends with `/`"),
                        "write it like `config.json`",
                    );
                }
                Some(Staged::Text(path, text.into_expr()))
            }
            Kind::Folder(path) => folder(scope, &path),
        }
    }
}

fn folder(scope: &Scope, path: &Path) -> Option<Staged> {
    match asset::folder_or_archive(scope, path, "the folder to publish") {
        Ok(asset) => {
            let location = scope.add_file_asset(asset);
            let place = [("Bucket", location.bucket.into_expr()), ("Key", Expr::from(location.key))];
            Some(Staged::Folder(Expr::map(place)))
        }
        Err(mistake) => {
            scope.error(mistake.message, mistake.hint);
            None
        }
    }
}

/// How long browsers and CloudFront cache a file
/// (<https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Cache-Control>).
#[derive(Debug, Clone)]
pub struct CacheControl(pub(super) String);

impl CacheControl {
    /// Revalidates the file for each request.
    pub fn no_cache() -> Self {
        Self("no-cache".to_owned())
    }

    /// Caches the file for this time, in whole seconds.
    pub fn max_age(age: Duration) -> Self {
        Self(format!("public, max-age={}", seconds(age)))
    }

    /// Caches the file for a year without revalidation: for files whose names change with their content.
    pub fn immutable() -> Self {
        Self("public, max-age=31536000, immutable".to_owned())
    }

    /// Another value of the header.
    pub fn custom(value: impl Into<String>) -> Self {
        Self(value.into())
    }
}
