//! `cargo bench -p purlin-template`: what holding a template of over 500 resources against the schemas costs, from the start
//! of a process, with cfn-lint on the same file beside it.
//!
//! The template is all golden templates of the house in one. cfn-lint is the one of the tests (`~/.cache/purlin`), or
//! `PURLIN_CFN_LINT`; without it the ratio is left out.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use purlin_template::{ResourceType, Template};
use serde_json::{Map, Value};

const RUNS: u32 = 9;

fn main() {
    match env::args().nth(1).as_deref() {
        // The processes that are timed as a whole.
        Some("start") => {}
        Some("lint") => println!("{}", lint(&fs::read_to_string(file()).expect("the parent wrote the file"))),
        _ => report(),
    }
}

fn lint(text: &str) -> usize {
    Template::parse(text).expect("the golden templates are templates").schema_problems().len()
}

fn report() {
    let text = template();
    fs::create_dir_all(file().parent().expect("the file lies in a folder")).expect("`target` is writable");
    fs::write(file(), &text).expect("`target` is writable");
    let read = Template::parse(&text).expect("the golden templates are templates");
    let kinds: BTreeSet<&str> = read.resources().values().map(|resource| resource.kind.as_str()).collect();
    println!("{} resources of {} types, {} kB", read.resources().len(), kinds.len(), text.len() / 1000);

    let first = timed(|| drop(ResourceType::find("AWS::ECS::Service")));
    row("first lookup of a type", first, None);
    let parsed = timed(|| drop(Template::parse(&text)));
    row("read the template", parsed, None);
    let template = Template::parse(&text).expect("the golden templates are templates");
    let began = Instant::now();
    let problems = template.schema_problems().len();
    row("lint, first time", began.elapsed(), Some(Duration::from_millis(50)));
    row("references", median(|| drop(template.problems())), None);
    row("lint, again", median(|| drop(template.schema_problems())), None);

    let own = env::current_exe().expect("a running program has a file");
    let process = |what: &str| run(Command::new(&own).arg(what));
    row("a process that does nothing", median(|| process("start")), Some(Duration::from_millis(10)));
    let ours = median(|| process("lint"));
    row("a process that reads and lints", ours, None);
    println!("{problems} problems");
    let Some(cfn_lint) = cfn_lint() else {
        return println!("cfn-lint is not installed: `cargo test -p tests oracle` does");
    };
    run(Command::new(&cfn_lint).arg("--version"));
    let theirs = timed(|| run(Command::new(&cfn_lint).args(["--template"]).arg(file())));
    row("cfn-lint, the same file", theirs, None);
    println!("ratio {:.0}", theirs.as_secs_f64() / ours.as_secs_f64());
}

fn row(what: &str, took: Duration, budget: Option<Duration>) {
    let budget = budget.map(|it| format!("   budget {it:?}")).unwrap_or_default();
    println!("{what:<32} {:>9.2} ms{budget}", took.as_secs_f64() * 1000.0);
}

fn timed(work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}

fn median(work: impl Fn()) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS).map(|_| timed(&work)).collect();
    times.sort();
    times[times.len() / 2]
}

fn run(command: &mut Command) {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("the program starts");
}

fn cfn_lint() -> Option<PathBuf> {
    let home = || env::var_os("HOME").map(PathBuf::from);
    let cache = || env::var_os("PURLIN_CACHE").map(PathBuf::from).or_else(|| Some(home()?.join(".cache/purlin")));
    let program =
        env::var_os("PURLIN_CFN_LINT").map(PathBuf::from).or_else(|| Some(cache()?.join("cfn-lint/bin/cfn-lint")))?;
    program.exists().then_some(program)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("crates lie two folders deep").to_owned()
}

fn file() -> PathBuf {
    root().join("target/bench-lint.json")
}

// ---------------------------------------------------------------- the template

/// The golden templates in one, each resource's logical id with the number of its template.
fn template() -> String {
    let folder = root().join("tests/golden/snapshots");
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).expect("the house has golden templates").map(|it| it.expect("readable").path()).collect();
    files.sort();
    let mut sections: Map<String, Value> = Map::new();
    for (number, file) in files.iter().enumerate() {
        let text = fs::read_to_string(file).expect("golden templates are text");
        let Some(yaml) = text.splitn(3, "---\n").nth(2) else { continue };
        let Ok(document) = purlin_template::load(yaml) else { continue };
        for name in ["Parameters", "Mappings", "Conditions", "Resources"] {
            let Some(section) = document.get(name) else { continue };
            let section = renamed(&section.to_json(), &document.to_json(), number);
            let all = sections.entry(name).or_insert_with(|| Value::Object(Map::new()));
            if let (Value::Object(all), Value::Object(section)) = (all, section) {
                let own = |(key, value)| (format!("{key}N{number}"), value);
                all.extend(section.into_iter().map(own));
            }
        }
    }
    serde_json::to_string_pretty(&Value::Object(sections)).expect("JSON is text")
}

/// The section, where every name that its template declares has the template's number.
fn renamed(section: &Value, document: &Value, number: usize) -> Value {
    let names: BTreeSet<&String> = ["Parameters", "Mappings", "Conditions", "Resources"]
        .iter()
        .filter_map(|name| document[name].as_object())
        .flat_map(Map::keys)
        .collect();
    renamed_value(section, &names, number)
}

fn renamed_value(value: &Value, names: &BTreeSet<&String>, number: usize) -> Value {
    match value {
        Value::String(text) if names.contains(text) => Value::String(format!("{text}N{number}")),
        Value::Array(items) => items.iter().map(|item| renamed_value(item, names, number)).collect(),
        Value::Object(entries) => {
            entries.iter().map(|(key, value)| (key.clone(), renamed_value(value, names, number))).collect()
        }
        other => other.clone(),
    }
}
