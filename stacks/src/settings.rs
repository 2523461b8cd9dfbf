//! Settings of the reference stacks: YAML files, typed, with overrides from the environment.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use purlin::{Scope, Stack};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_yaml::Mapping;

use crate::overrides::{self, Mistake};

/// A stack's settings: their file, and the function that adds the stack.
pub trait Settings: DeserializeOwned {
    /// The file in `stacks/settings/`, without the extension.
    const FILE: &'static str;
    /// Overrides are environment variables of this prefix and a setting's name in capitals: `PURLIN_HOSTED_ZONE_ID`.
    const PREFIX: &'static str;
    /// Adds the stack to an app.
    const STACK: fn(&Scope, &Self) -> Stack;

    /// Reads the settings from the stack's own file, unless `given` is another; overrides replace those of the file.
    fn load(given: Option<&Path>) -> Result<Self> {
        let path = given.map_or_else(|| default_file(Self::FILE), Path::to_owned);
        let text = fs::read_to_string(&path).with_context(|| {
            format!("cannot read the settings `{}`; name another file with `--settings FILE`", path.display())
        })?;
        let variables =
            env::vars_os().filter_map(|(name, value)| name.into_string().ok().zip(value.into_string().ok()));
        parse(&text, &path, variables.collect())
    }
}

/// The files that `--settings` gives, each with the stack that it is for: those of a folder as `stacks/settings/` is
/// one, or a single file, whose name begins with the stack's (`m2m-api.prod.yaml`); any other name is for the first stack.
pub fn files(given: &Path, stacks: &[&'static str]) -> Result<Vec<(&'static str, PathBuf)>> {
    let name = |file: &Path| file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if !given.is_dir() {
        let stack = stacks.iter().find(|stack| name(given).starts_with(**stack)).unwrap_or(&stacks[0]);
        return Ok(vec![(stack, given.to_owned())]);
    }
    let mut files = Vec::new();
    let expected = || format!("`{}.yaml`", stacks.join(".yaml`, `"));
    for entry in fs::read_dir(given).with_context(|| format!("cannot read the folder `{}`", given.display()))? {
        let file = entry?.path();
        match stacks.iter().find(|stack| name(&file) == format!("{stack}.yaml")) {
            Some(stack) => files.push((*stack, file)),
            None if file.extension().is_some_and(|kind| kind == "yaml" || kind == "yml") => bail!(
                "no stack has settings of the name `{}`; those of a folder are {}: rename or move it, or give this one \
                 file with `--settings FILE`",
                file.display(),
                expected()
            ),
            None => {}
        }
    }
    if files.is_empty() {
        bail!("the folder `{}` has no settings; add one of {}, or name another folder", given.display(), expected());
    }
    Ok(files)
}

fn default_file(stack: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("settings").join(format!("{stack}.yaml"))
}

fn parse<T: Settings>(text: &str, path: &Path, variables: BTreeMap<String, String>) -> Result<T> {
    for (name, value) in serde_yaml::from_str::<Mapping>(text).unwrap_or_default() {
        let variable = format!("{}{}", T::PREFIX, name.as_str().unwrap_or_default().to_uppercase());
        if (value.is_null() || value.as_str() == Some("")) && !variables.contains_key(&variable) {
            let (name, path) = (name.as_str().unwrap_or_default(), path.display());
            bail!("the setting `{name}` in `{path}` is empty; give it a value there or in `{variable}`, or remove it");
        }
    }
    overrides::read(text, T::PREFIX, variables).map_err(|mistake| {
        let error = match mistake {
            Mistake::Environment(message) => return anyhow!(message),
            Mistake::File(error) => error,
        };
        let explained = default_file(T::FILE);
        let wrong = format!("the settings `{}` are not right", path.display());
        let wrong =
            if path == explained { wrong } else { format!("{wrong} (`{}` explains each)", explained.display()) };
        match error.location() {
            // The parser does not print this position.
            Some(at) if (at.line(), at.column()) == (1, 1) => anyhow!("{wrong}: {error} at line 1 column 1"),
            _ => anyhow::Error::from(error).context(wrong),
        }
    })
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
    use std::fs::{create_dir, write};

    use super::*;
    use crate::STACKS;
    use crate::cognito_alb_fargate::CognitoAlbFargateSettings;
    use crate::groups_cerbos::GroupsCerbosSettings;
    use crate::m2m_api::M2mApiSettings;
    use crate::spa_identity_pool::SpaIdentityPoolSettings;

    const ALB: &str = "application_dns_name: a.example.com\ncognito_domain_prefix: a\nhosted_zone_id: Z1\n\
                       hosted_zone_name: example.com\nimage: build\n";
    const M2M: &str = "cognito_domain_prefix: a\nresource_server_identifier: b\nmachines: [c]\n";
    const SPA: &str = "cognito_domain_prefix: a\nrequests_per_second: 1.5\nburst: 2\nrequests_per_day: 3\n";
    const CERBOS: &str = "cognito_domain_prefix: a\nlocal_url: http://localhost:1\nusers:\n\
                          - email: a@example.com\n  groups: [admin]\n";

    fn load<T: Settings>(text: &str, overrides: &[(&str, &str)]) -> Result<T, String> {
        let environment = overrides.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        parse(text, Path::new("x.yaml"), environment.collect()).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn variables_override_the_file_and_add_what_it_lacks() {
        let alb = |text: &str, overrides| load::<CognitoAlbFargateSettings>(text, overrides).unwrap();
        assert_eq!(alb(ALB, &[]).image, Image::Build);
        let settings = alb(ALB, &[("PURLIN_HOSTED_ZONE_ID", "Z2"), ("PURLIN_IMAGE", "a: #b"), ("OTHER", "")]);
        assert_eq!((settings.hosted_zone_id.as_str(), settings.image), ("Z2", Image::Registry("a: #b".into())));
        let without_image = ALB.replace("image: build", "");
        assert_eq!(alb(&without_image, &[("PURLIN_IMAGE", "build")]), alb(ALB, &[]));
        assert_eq!(alb(&ALB.replace("build", ""), &[("PURLIN_IMAGE", "build")]), alb(ALB, &[]));
        assert_eq!(alb(ALB, &[("PURLIN_ENVIRONMENT", "{A: b}")]).environment["A"], "b");
    }

    #[test]
    fn variables_override_numbers_and_lists_too() {
        let spa = |overrides| load::<SpaIdentityPoolSettings>(SPA, overrides).unwrap();
        let changed = spa(&[("PURLIN_SPA_IDENTITY_POOL_BURST", "5"), ("PURLIN_SPA_IDENTITY_POOL_DOMAIN", "null")]);
        assert_eq!(changed, SpaIdentityPoolSettings { burst: 5, ..spa(&[]) });
        let m2m = load::<M2mApiSettings>(M2M, &[("PURLIN_M2M_API_MACHINES", "[d, e-f]")]).unwrap();
        assert_eq!(m2m, load(&M2M.replace("[c]", "[d, e-f]"), &[]).unwrap());
    }

    #[test]
    fn mistakes_in_a_file_have_their_line_and_column() {
        let alb = |text: &str| load::<CognitoAlbFargateSettings>(text, &[]).unwrap_err();
        let cases = [
            (alb(&format!("{ALB}hosted_zone: x\n")), "unknown field `hosted_zone`, expected one of", "line 6 column 1"),
            (alb(&format!("hosted_zone: x\n{ALB}")), "unknown field `hosted_zone`, expected one of", "line 1 column 1"),
            (alb(&format!("{ALB}environment: [1]\n")), "environment: invalid type: sequence", "line 6 column 14"),
            (
                alb(&ALB.replace("Z1", "{a: b}")),
                "hosted_zone_id: invalid type: map, expected a string",
                "line 3 column",
            ),
            (alb(&format!("# One.\n{ALB}image: build\n")), "duplicate field `image`", "line 2 column 1"),
            (alb(&ALB.replace("hosted_zone_id: Z1\n", "")), "missing field `hosted_zone_id`", "line 1 column 1"),
            (alb("# Nothing.\n"), "missing field `application_dns_name`", ""),
            (alb(""), "missing field `application_dns_name`", ""),
            (alb("- a\n"), "invalid type: sequence, expected struct CognitoAlbFargateSettings", "line 1 column 1"),
            (alb("image: @x\n"), "found character that cannot start any token", "line 1 column 8"),
            (
                load::<GroupsCerbosSettings>(&CERBOS.replace("groups", "group"), &[]).unwrap_err(),
                "users[0]: unknown field `group`, expected `email` or `groups`",
                "line 5 column 3",
            ),
            (
                load::<GroupsCerbosSettings>(&CERBOS.replace("admin", "root"), &[]).unwrap_err(),
                "users[0].groups[0]: unknown variant `root`",
                "line 5 column 12",
            ),
            (
                load::<M2mApiSettings>(&M2M.replace("[c]", "[c, D]"), &[]).unwrap_err(),
                "machines: `D` is not a name of a machine; use up to 64",
                "line 3 column 11",
            ),
            (
                load::<SpaIdentityPoolSettings>(&SPA.replace('2', "-2"), &[]).unwrap_err(),
                "burst: invalid type: integer `-2`, expected u32",
                "line 3 column 8",
            ),
        ];
        for (error, message, position) in cases {
            let expected = "the settings `x.yaml` are not right (`";
            assert!(error.starts_with(expected) && error.contains(message) && error.contains(position), "{error}");
        }
    }

    #[test]
    fn overrides_hide_no_mistake_of_the_file() {
        let error = load::<CognitoAlbFargateSettings>(&format!("{ALB}hosted_zone: x\n"), &[("PURLIN_IMAGE", "nginx")]);
        assert!(error.unwrap_err().contains("unknown field `hosted_zone`"));
        let error = load::<CognitoAlbFargateSettings>("image: build\n", &[("PURLIN_HOSTED_ZONE_ID", "Z1")]);
        assert!(error.unwrap_err().contains("missing field `application_dns_name`"));
        let twice = format!("{ALB}image: build\n");
        let error = load::<CognitoAlbFargateSettings>(&twice, &[("PURLIN_IMAGE", "nginx")]).unwrap_err();
        assert!(error.contains("duplicate field `image`"), "{error}");
    }

    #[test]
    fn a_setting_is_not_empty() {
        for empty in ["", "''", "~", "null"] {
            let text = ALB.replace("image: build", &format!("image: {empty}"));
            let error = load::<CognitoAlbFargateSettings>(&text, &[]).unwrap_err();
            let expected = "the setting `image` in `x.yaml` is empty; give it a value there or in `PURLIN_IMAGE`, or \
                            remove it";
            assert_eq!(error, expected);
        }
        let error = load::<GroupsCerbosSettings>(&format!("{CERBOS}hosted:\n"), &[]).unwrap_err();
        assert!(error.contains("the setting `hosted` in `x.yaml` is empty"), "{error}");
    }

    #[test]
    fn mistakes_in_the_environment_name_the_variable() {
        let alb = |name| load::<CognitoAlbFargateSettings>(ALB, &[(name, "")]).unwrap_err();
        let expected = "the environment variable `PURLIN_IMAGE` is empty; give it a value, or unset it";
        assert_eq!(alb("PURLIN_IMAGE"), expected);
        let spa = |name, value| load::<SpaIdentityPoolSettings>(SPA, &[(name, value)]).unwrap_err();
        assert_eq!(
            spa("PURLIN_SPA_IDENTITY_POOL_BURST", "many"),
            "the environment variable `PURLIN_SPA_IDENTITY_POOL_BURST` is `many`: invalid type: string \"many\", \
             expected u32"
        );
        let unknown = spa("PURLIN_SPA_IDENTITY_POOL_BURSTS", "5");
        let expected = "the environment variable `PURLIN_SPA_IDENTITY_POOL_BURSTS` is no setting; the settings are \
                        `PURLIN_SPA_IDENTITY_POOL_COGNITO_DOMAIN_PREFIX`, ";
        assert!(unknown.starts_with(expected) && unknown.ends_with(": rename or unset it"), "{unknown}");
    }

    #[test]
    fn a_file_is_for_the_stack_that_its_name_begins_with() {
        let stacks = STACKS.map(|stack| stack.name);
        for (given, stack) in [
            ("m2m-api.yaml", "m2m-api"),
            ("prod/m2m-api.prod.yaml", "m2m-api"),
            ("mine.yaml", "cognito-alb-fargate"),
            ("groups-cerbos.yaml", "groups-cerbos"),
        ] {
            assert_eq!(files(Path::new(given), &stacks).unwrap(), [(stack, PathBuf::from(given))]);
        }
        assert_eq!(files(default_file("x").parent().unwrap(), &stacks).unwrap().len(), stacks.len());
    }

    #[test]
    fn every_file_of_a_folder_is_for_a_stack() {
        let folder = env::temp_dir().join(format!("purlin-settings-{}", std::process::id()));
        create_dir(&folder).unwrap();
        let found = || files(&folder, &["m2m-api", "web-login"]).map_err(|error| error.to_string());
        let nothing = found().unwrap_err();
        assert!(nothing.contains("has no settings; add one of `m2m-api.yaml`, `web-login.yaml`"), "{nothing}");
        write(folder.join("m2m-api.yaml"), "").unwrap();
        write(folder.join("README.md"), "").unwrap();
        assert_eq!(found().unwrap(), [("m2m-api", folder.join("m2m-api.yaml"))]);
        write(folder.join("web_login.yml"), "").unwrap();
        let other = found().unwrap_err();
        fs::remove_dir_all(&folder).unwrap();
        assert!(other.contains("web_login.yml`; those of a folder are `m2m-api.yaml`, `web-login.yaml`"), "{other}");
    }
}
