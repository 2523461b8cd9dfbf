//! The context of an app: from `cdk --app` by the environment, else from the files that the CDK CLI reads; and from the
//! command line.

use std::env;
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use purlin_assembly::{LARGEST_FILE, read_file};
use serde_json::{Map, Value};

/// The context as JSON, which `cdk --app` sets.
const VARIABLE: &str = "CDK_CONTEXT_JSON";
/// A file with what does not fit into it: the name in the CDK's code, and the one it is known by.
const OVERFLOW: [&str; 2] = ["CONTEXT_OVERFLOW_LOCATION_ENV", "CONTEXT_OVERFLOW_LOCATION"];

/// Context values, the last of a key counts.
type Context = Vec<(String, Value)>;

/// The values of the environment or of files, then those of `--context KEY=VALUE`.
pub(super) fn values(given: &[String]) -> Result<Context, String> {
    let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    let overflow = OVERFLOW.iter().find_map(|name| Some((*name, PathBuf::from(variable(name)?))));
    let mut context = match (variable(VARIABLE), overflow) {
        (None, None) => of_files(Path::new("."), env::home_dir())?,
        (json, overflow) => of_cdk(json, overflow)?,
    };
    for given in given {
        let Some((key, value)) = given.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(format!("`--context {given}` is not of the form KEY=VALUE; `--help` shows what there is"));
        };
        if key.starts_with("aws:") {
            return Err(format!(
                "`--context {given}` sets a key of AWS's own: choose one that does not begin with `aws:`"
            ));
        }
        context.push((key.to_owned(), Value::from(value)));
    }
    Ok(context)
}

/// As the CDK's library reads it: the file with the rest comes last.
fn of_cdk(json: Option<OsString>, overflow: Option<(&str, PathBuf)>) -> Result<Context, String> {
    let mut context = Context::new();
    if let Some(json) = json {
        context.extend(object(&json.to_string_lossy(), &format!("`{VARIABLE}`"))?);
    }
    if let Some((name, path)) = overflow {
        let what = format!("`{}`, which `{name}` names,", path.display());
        let text = read(&path).map_err(|error| {
            format!("{what} cannot be read: {error}; it has the context that does not fit into `{VARIABLE}`")
        })?;
        context.extend(object(&text, &what)?);
    }
    Ok(context)
}

/// As the CDK CLI reads it when it runs an app: `cdk.json` wins over `cdk.context.json`, and that over `~/.cdk.json`.
fn of_files(folder: &Path, home: Option<PathBuf>) -> Result<Context, String> {
    let mut context = Context::new();
    let files =
        [home.map(|home| home.join(".cdk.json")), Some(folder.join("cdk.context.json")), Some(folder.join("cdk.json"))];
    for path in files.into_iter().flatten() {
        let text = match read(&path) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => continue,
            Err(error) => return Err(format!("cannot read the context in `{}`: {error}", path.display())),
        };
        let what = format!("`{}`", path.display());
        let mut values = object(&text, &what)?;
        if !path.ends_with("cdk.context.json") {
            values = match values.remove("context") {
                None | Some(Value::Null) => Map::new(),
                Some(Value::Object(values)) => values,
                Some(_) => {
                    return Err(format!("`context` in {what} is not a JSON object: write keys and values in `{{ }}`"));
                }
            };
        }
        context.extend(values);
    }
    Ok(context)
}

/// The text of a file, which is no pipe or device: those would block.
fn read(path: &Path) -> io::Result<String> {
    let text = read_file(path, LARGEST_FILE)?;
    String::from_utf8(text).map_err(|error| io::Error::new(ErrorKind::InvalidData, error.utf8_error()))
}

fn object(text: &str, what: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| format!("{what} is not a JSON object: {error}"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn shown(context: Context) -> String {
        let values: std::collections::BTreeMap<String, Value> = context.into_iter().collect();
        serde_json::to_string(&values).expect("texts become JSON")
    }

    #[test]
    fn the_file_with_the_rest_wins_over_the_variable() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("overflow.json");
        let place = || Some(("CONTEXT_OVERFLOW_LOCATION", file.clone()));
        let json = |text: &str| Some(OsString::from(text));
        for (variable, rest, expected) in [
            (r#"{"a": 1, "b": "x"}"#, None, r#"{"a":1,"b":"x"}"#),
            (r#"{"a": 1, "b": "x"}"#, Some(r#"{"b": {"c": [true]}}"#), r#"{"a":1,"b":{"c":[true]}}"#),
            ("{}", Some("\u{feff}{\"large\": \"y\"}"), r#"{"large":"y"}"#),
            ("[1]", None, "error: `CDK_CONTEXT_JSON` is not a JSON object"),
            ("{", None, "error: `CDK_CONTEXT_JSON` is not a JSON object"),
            ("{}", Some("none"), "error: which `CONTEXT_OVERFLOW_LOCATION` names, is not a JSON object"),
        ] {
            if let Some(rest) = rest {
                fs::write(&file, rest).expect("a file");
            }
            match of_cdk(json(variable), rest.and_then(|_| place())) {
                Ok(context) => assert_eq!(shown(context), expected),
                Err(error) => assert!(error.contains(expected.strip_prefix("error: ").expect("a failure")), "{error}"),
            }
        }
        assert_eq!(shown(of_cdk(None, place()).unwrap_or_default()), "{}", "the last case left no JSON");
        fs::remove_file(&file).expect("the file is ours");
        let error = of_cdk(json("{}"), place()).expect_err("there is no file");
        assert!(error.contains("overflow.json") && error.contains("cannot be read"), "{error}");
    }

    #[test]
    fn files_are_read_in_the_order_of_the_cdk() {
        let (folder, home) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let read = || of_files(folder.path(), Some(home.path().to_owned())).map(shown);
        assert_eq!(read().as_deref(), Ok("{}"));
        fs::write(home.path().join(".cdk.json"), r#"{"context": {"a": "home", "h": 1}, "app": "x"}"#).expect("a file");
        fs::write(folder.path().join("cdk.context.json"), r#"{"a": "looked up", "context": 2}"#).expect("a file");
        assert_eq!(read().as_deref(), Ok(r#"{"a":"looked up","context":2,"h":1}"#));
        fs::write(folder.path().join("cdk.json"), r#"{"app": "cargo run", "context": {"a": "project"}}"#)
            .expect("a file");
        assert_eq!(read().as_deref(), Ok(r#"{"a":"project","context":2,"h":1}"#));
        for (text, expected) in [
            (r#"{"context": null}"#, Ok(r#"{"a":"looked up","context":2,"h":1}"#)),
            (r#"{"context": ["a"]}"#, Err("`context` in")),
            ("{\"context\": {\n", Err("cdk.json` is not a JSON object: EOF")),
        ] {
            fs::write(folder.path().join("cdk.json"), text).expect("a file");
            match (read(), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected),
                (found, expected) => {
                    let (found, expected) = (found.expect_err(text), expected.expect_err(text));
                    assert!(found.contains(expected), "{found}");
                }
            }
        }
    }

    #[test]
    fn values_of_the_command_line_have_a_key() {
        for (given, expected) in
            [("stage", "not of the form KEY=VALUE"), ("=x", "KEY=VALUE"), ("aws:x=1", "of AWS's own")]
        {
            assert!(values(&[given.to_owned()]).is_err_and(|error| error.contains(expected)), "{given}");
        }
        let context = values(&["a=b=c".to_owned()]).expect("a value");
        assert_eq!(context.last(), Some(&("a".to_owned(), Value::from("b=c"))));
    }
}
