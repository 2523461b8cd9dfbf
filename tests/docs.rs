//! Keeps the documentation true: its links resolve, and its table of environment variables is complete.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::house::{root, sources, walk};

/// The pages that people read, the crates' and apps' among them.
fn pages() -> Vec<(PathBuf, String)> {
    let mut paths = Vec::new();
    walk(root(), "md", &mut paths);
    let read = |path: PathBuf| fs::read_to_string(&path).map(|text| (path, text)).expect("the page was just listed");
    paths.into_iter().map(read).collect()
}

#[test]
fn links_to_files_and_headings_resolve() {
    let mut broken = Vec::new();
    for (path, text) in pages() {
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") || link.contains(' ') {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { folder(&path).join(file) };
            if !target.exists() || !has_heading(&target, heading) {
                broken.push(format!("{}: {link}", path.strip_prefix(root()).unwrap_or(&path).display()));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere: {broken:#?}");
}

/// No crate of ours is published: the owner of a crate with such a name would get the users' credentials.
#[test]
fn nothing_recommends_a_package_of_a_registry_by_our_names() {
    let mut texts: Vec<(String, String)> =
        pages().into_iter().map(|(path, text)| (path.display().to_string(), text)).collect();
    texts.extend(sources().into_iter().map(|source| (source.path, source.text)));
    let found: Vec<String> = texts
        .iter()
        .flat_map(|(path, text)| by_name(text).into_iter().map(move |line| format!("{path}: {line}")))
        .collect();
    assert!(found.is_empty(), "{found:#?}");

    let cargo = |verb: &str, rest: &str| format!("`cargo {verb} {rest}`");
    for (line, is_bad) in [
        (cargo("install", "purlin-cli"), true),
        (cargo("install", "--locked \\\n    purlin"), true),
        (cargo("binstall", "purlin-cli"), true),
        (cargo("add", "purlin --features sqs"), true),
        (["purlin-auth", "= \"0.1\""].join(" "), true),
        (["purlin", "= { version = \"0.1\", features = [] }"].join(" "), true),
        (cargo("install", "--git https://example.com/purlin purlin-cli"), false),
        (cargo("install", "--path crates/purlin-cli"), false),
        (cargo("install", "cargo-insta"), false),
        ("purlin = { path = \"../purlin\" }".to_owned(), false),
        ("purlin = { workspace = true }".to_owned(), false),
    ] {
        assert_eq!(!by_name(&line).is_empty(), is_bad, "{line}");
    }
}

/// The lines that name one of our crates without the place it comes from.
fn by_name(text: &str) -> Vec<String> {
    let has_place =
        |line: &str| ["--git", "--path", "git = ", "path = ", "workspace = "].iter().any(|it| line.contains(it));
    let is_ours = |word: &str| {
        word.trim_matches(|c: char| !c.is_alphanumeric())
            .split('@')
            .next()
            .is_some_and(|name| name == "purlin" || name.starts_with("purlin-"))
    };
    let is_command = |line: &str| {
        let rest =
            ["cargo install ", "cargo binstall ", "cargo add "].iter().find_map(|verb| Some(line.split_once(verb)?.1));
        rest.is_some_and(|rest| rest.split_whitespace().any(is_ours))
    };
    let is_dependency = |line: &str| {
        let found = line.split_once(" = ").filter(|(name, _)| is_ours(name) && !name.contains(' '));
        found.is_some_and(|(_, rest)| rest.starts_with('"') || rest.contains("version = "))
    };
    let joined = text.replace("\\\n", " ");
    let bad = joined.lines().filter(|line| !has_place(line) && (is_command(line) || is_dependency(line.trim())));
    bad.map(str::to_owned).collect()
}

fn folder(path: &Path) -> &Path {
    path.parent().expect("a page is in a folder")
}

/// Whether the page has the heading, as GitHub makes anchors: lower case, dashes for spaces, no punctuation.
fn has_heading(page: &Path, anchor: &str) -> bool {
    let slug = |line: &str| -> String {
        let kept = line.to_lowercase().replace(' ', "-");
        kept.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect()
    };
    let has = |text: String| {
        let headings = text.lines().filter_map(|line| line.trim_start_matches('#').strip_prefix(' ').map(slug));
        headings.into_iter().any(|heading| heading == anchor)
    };
    anchor.is_empty() || fs::read_to_string(page).is_ok_and(has)
}

#[test]
fn the_table_of_environment_variables_is_complete() {
    let table = fs::read_to_string(root().join("docs/toolkit.md")).expect("the page is part of the project");
    let documented: BTreeSet<String> =
        table.lines().filter(|line| line.starts_with("| `PURLIN")).flat_map(|line| names(line, '`')).collect();
    let settings = fs::read_to_string(root().join("stacks/settings/cognito-alb-fargate.yaml")).expect("settings exist");
    let is_setting = |name: &str| {
        let key = name.trim_start_matches("PURLIN_").to_lowercase();
        // Those of the other stacks have the stack's name in front.
        settings.lines().any(|line| line.starts_with(&format!("{key}:"))) || key.starts_with("web_login_")
    };
    let read = |source: crate::house::Source| names(&source.text, '"');
    let mut used: BTreeSet<String> =
        sources().into_iter().filter(|source| !source.path.starts_with("stacks/")).flat_map(read).collect();
    used.retain(|name| !is_setting(name));
    assert_eq!(documented, used, "left: docs/toolkit.md, right: the code");
}

/// The quoted names of variables: `PURLIN` and what begins with `PURLIN_`.
fn names(text: &str, quote: char) -> Vec<String> {
    let is_name = |part: &&str| {
        *part == "PURLIN"
            || part
                .strip_prefix("PURLIN_")
                .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
    };
    text.split(quote).filter(is_name).map(str::to_owned).collect()
}
