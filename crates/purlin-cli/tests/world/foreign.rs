//! What comes from AWS or an assembly is shown, and commands neither a terminal nor a CI system.

use purlin_assembly::{Artifact, CloudAssembly, Environment, MetadataEntry, StackProperties};
use serde_json::json;

use crate::operation::Verb;
use crate::user::User;

/// Moves the cursor, sets the title, hides text, turns it around, and commands GitHub, Azure and TeamCity.
const HOSTILE: &str = "shown\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m\r\u{202e}\u{2066}\n::stop-commands::tok\n##[error]x\n\
                       ##vso[task.setvariable]y\n##teamcity[x]\u{8}\u{0}";

/// What no line may have.
fn faults(text: &str) -> Vec<String> {
    let is_bad = |c: char| (c.is_control() && c != '\n' && c != '\t') || "\u{202e}\u{2066}\u{9b}".contains(c);
    let mut found: Vec<String> = text.chars().filter(|c| is_bad(*c)).map(|c| format!("{c:?}")).collect();
    for line in text.lines() {
        let is_command = line.trim_start().starts_with("::") && !line.starts_with("::error title=purlin::");
        if is_command || line.contains("##[") || line.contains("##vso[") || line.contains("##teamcity[") {
            found.push(line.to_owned());
        }
    }
    found
}

#[test]
fn no_text_from_outside_commands_the_terminal_or_ci() {
    let user = User::with(&[("Web", json!({}))]);
    // XML has no other control characters.
    let of_aws: String = HOSTILE.chars().filter(|c| !c.is_ascii_control() || "\t\r\n".contains(*c)).collect();
    let template = json!({
        "Resources": {"First": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {"Url": {"Value": of_aws}},
    });
    let mut out = CloudAssembly::new();
    out.json("Web.template.json", &template);
    let stack = Artifact::of_stack(&Environment::agnostic(), &StackProperties::new("Web.template.json"));
    let warning = MetadataEntry { data: Some(HOSTILE.into()), ..MetadataEntry::new("aws:cdk:warning", HOSTILE) };
    let place = MetadataEntry::new(MetadataEntry::LOGICAL_ID, "First").at(HOSTILE);
    let stack = stack.with_metadata("/Web/First", warning).with_metadata("/Web/First", place);
    out.artifact("Web", stack.named(format!("Web{HOSTILE}")));
    out.write(&user.folder().join("purlin.out")).unwrap();
    // The command, and whether its output has the text.
    let commands = [
        ("ls", true),
        ("ls --long", true),
        ("deploy **", true),
        ("deploy ** --json", true),
        ("deploy **", true),
        ("deploy ** --progress plain", true),
        ("outputs Web", true),
        ("outputs Web --json", true),
        ("status Web", false),
        ("events Web", false),
        ("explain Web", false),
        ("deploy Absent", true),
        ("destroy ** --yes", true),
    ];
    user.world().fails("First", Verb::Create, &of_aws);
    user.world().failing[0].times = 2;
    for (line, has_text) in commands {
        let mut command = user.command(env!("CARGO_BIN_EXE_purlin"));
        command.env("GITHUB_ACTIONS", "true").args(line.split_whitespace());
        if line.starts_with("deploy") {
            command.args(["--no-preflight", "--unchecked", "--yes"]);
        }
        let output = command.stdin(std::process::Stdio::null()).output().unwrap();
        let shown = [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap()).concat();
        assert_eq!(faults(&shown), Vec::<String>::new(), "{line}: {shown}");
        assert!(!has_text || shown.contains("shown"), "{line}: {shown}");
    }
}
