//! Settings of the reference stacks: YAML files, typed, with overrides from the environment.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Error, Result, anyhow, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_yaml::{Mapping, Value};

/// A stack's settings: which file holds them, and which can be overridden.
pub trait Settings: DeserializeOwned {
    /// The file in `stacks/settings/`, without the extension.
    const FILE: &'static str;
    /// Overrides are environment variables of this prefix and a setting's name in capitals: `PURLIN_HOSTED_ZONE_ID`.
    const PREFIX: &'static str;
    /// The settings that are a single text.
    const TEXTS: &'static [&'static str];

    /// Reads the settings from the stack's own file, unless `given` names another; then applies the overrides.
    fn load(given: Option<&str>) -> Result<Self> {
        let path = given.and_then(|given| meant(Path::new(given), Self::FILE));
        let path = path.unwrap_or_else(|| default_file(Self::FILE));
        let text = fs::read_to_string(&path).with_context(|| {
            format!("cannot read the settings `{}`; name another file with `--settings FILE`", path.display())
        })?;
        let overrides = Self::TEXTS.iter().filter_map(|name| {
            let value = env::var(variable::<Self>(name)).ok()?;
            Some((*name, value))
        });
        parse(&text, &path, overrides)
    }
}

/// Stacks whose settings a single file may hold, which then begins with the stack's name: `m2m-api.prod.yaml`. A file
/// of another name is the first one's.
const STACKS: [&str; 5] = ["cognito-alb-fargate", "m2m-api", "web-login", "spa-identity-pool", "groups-cerbos"];

/// The file that is meant for a stack, where a folder with files as in `stacks/settings/` is given, or one file.
fn meant(given: &Path, stack: &str) -> Option<PathBuf> {
    if given.is_dir() {
        return Some(given.join(format!("{stack}.yaml"))).filter(|file| file.exists());
    }
    let name = given.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let named = STACKS.into_iter().find(|stack| name.starts_with(stack)).unwrap_or(STACKS[0]);
    (named == stack).then(|| given.to_owned())
}

/// The environment variable that overrides a setting.
fn variable<T: Settings>(name: &str) -> String {
    format!("{}{}", T::PREFIX, name.to_uppercase())
}

fn default_file(stack: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("settings").join(format!("{stack}.yaml"))
}

/// Reads strictly first, so that a mistake is shown with its line and column; then once more with the overrides.
fn parse<T: Settings>(text: &str, path: &Path, overrides: impl Iterator<Item = (&'static str, String)>) -> Result<T> {
    let place = || {
        let explained = default_file(T::FILE);
        let wrong = format!("the settings `{}` are not right", path.display());
        if path == explained { wrong } else { format!("{wrong} (`{}` explains each)", explained.display()) }
    };
    let strict = serde_yaml::from_str::<T>(text).map_err(located);
    let Ok(mut settings) = serde_yaml::from_str::<Mapping>(text) else {
        return strict.with_context(place);
    };
    let mut overridden = false;
    for (name, value) in overrides {
        if value.is_empty() {
            bail!("the environment variable `{}` is empty; give it a value, or unset it", variable::<T>(name));
        }
        settings.insert(Value::from(name), Value::from(value));
        overridden = true;
    }
    for name in T::TEXTS {
        if settings.get(*name).is_some_and(|value| value.is_null() || value.as_str() == Some("")) {
            bail!(
                "the setting `{name}` in `{}` is empty; give it a value there, or in `{}`",
                path.display(),
                variable::<T>(name)
            );
        }
    }
    match strict {
        // What the file lacks may be in the environment.
        Err(error) if overridden && error.to_string().starts_with("missing field") => {
            serde_yaml::from_value(Value::Mapping(settings)).with_context(place)
        }
        Ok(_) if overridden => serde_yaml::from_value(Value::Mapping(settings)).with_context(place),
        strict => strict.with_context(place),
    }
}

/// The parser leaves the position out where it is the first of the file.
fn located(error: serde_yaml::Error) -> Error {
    let message = error.to_string();
    if message.starts_with("unknown field") && !message.contains(" at line ") {
        return anyhow!("{message} at line 1 column 1");
    }
    error.into()
}

/// Where a container's image comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum Image {
    /// Built from the stack's own Dockerfile.
    Build,
    /// Pulled from a registry.
    Registry(String),
}

impl From<String> for Image {
    fn from(text: String) -> Self {
        if text == "build" { Self::Build } else { Self::Registry(text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cognito_alb_fargate::CognitoAlbFargateSettings as Sample;

    const GOOD: &str = "application_dns_name: a.example.com\ncognito_domain_prefix: a\nhosted_zone_id: Z1\nhosted_zone_name: example.com\nimage: build\n";

    fn load(text: &str, overrides: &[(&'static str, &str)]) -> Result<Sample> {
        parse(text, Path::new("x.yaml"), overrides.iter().map(|(name, value)| (*name, (*value).to_owned())))
    }

    #[test]
    fn overrides_win_over_the_file() {
        let settings = load(GOOD, &[("hosted_zone_id", "Z2"), ("image", "nginx")]).unwrap();
        assert_eq!((settings.hosted_zone_id.as_str(), settings.image), ("Z2", Image::Registry("nginx".into())));
        assert_eq!(load(GOOD, &[]).unwrap().image, Image::Build);
    }

    #[test]
    fn a_file_is_for_the_stack_it_is_named_after() {
        let meant = |given: &str, stack| meant(Path::new(given), stack);
        for (given, stack) in [
            ("m2m-api.yaml", "m2m-api"),
            ("prod/m2m-api.prod.yaml", "m2m-api"),
            ("mine.yaml", "cognito-alb-fargate"),
            ("groups-cerbos.yaml", "groups-cerbos"),
        ] {
            let readers = STACKS.into_iter().filter(|stack| meant(given, stack).is_some());
            assert_eq!(readers.collect::<Vec<_>>(), [stack], "{given}");
        }
        let folder = default_file("x").parent().unwrap().to_string_lossy().into_owned();
        assert_eq!(meant(&folder, "cognito-alb-fargate"), Some(default_file("cognito-alb-fargate")));
        assert_eq!(meant(&folder, "nobody"), None);
    }

    #[test]
    fn mistakes_are_shown_with_line_and_column() {
        let cases = [
            ("hosted_zone: x\n", "unknown field `hosted_zone`", "line 6 column 1"),
            ("environment: [1]\n", "invalid type: sequence", "line 6 column 14"),
        ];
        for (wrong, message, place) in cases {
            let error = format!("{:#}", load(&format!("{GOOD}{wrong}"), &[]).unwrap_err());
            assert!(error.contains("x.yaml") && error.contains(message) && error.contains(place), "{error}");
        }
        let first = format!("{:#}", load(&format!("hosted_zone: x\n{GOOD}"), &[]).unwrap_err());
        assert!(first.contains("unknown field `hosted_zone`") && first.contains("line 1 column 1"), "{first}");
        let missing = format!("{:#}", load("image: build\n", &[]).unwrap_err());
        assert!(missing.contains("missing field `application_dns_name`"), "{missing}");
    }

    #[test]
    fn overrides_hide_no_mistake_and_fill_what_the_file_lacks() {
        let wrong = load(&format!("{GOOD}hosted_zone: x\n"), &[("image", "nginx")]).unwrap_err();
        assert!(format!("{wrong:#}").contains("line 6 column 1"), "{wrong:#}");
        let without = GOOD.replace("image: build\n", "");
        assert_eq!(load(&without, &[("image", "build")]).unwrap().image, Image::Build);
    }

    #[test]
    fn empty_settings_are_refused_by_name() {
        for empty in ["", "''"] {
            let text = GOOD.replace("image: build", &format!("image: {empty}"));
            let error = load(&text, &[]).unwrap_err().to_string();
            assert!(error.contains("`image` in `x.yaml` is empty") && error.contains("PURLIN_IMAGE"), "{error}");
            assert!(load(&text, &[("image", "nginx")]).is_ok());
        }
    }
}
