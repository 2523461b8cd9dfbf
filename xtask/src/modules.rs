//! Lists the dependencies between the modules of each crate, to find circles. It reads paths that begin with `crate`,
//! `super`, `self` or the name of a child module, in production code. Run it in the workspace's folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

#[derive(clap::Args)]
pub struct Args {
    /// The crates; all but the generated one unless given.
    crates: Vec<String>,
}

/// The path of a module in its crate; empty for `lib.rs` and `main.rs`.
type Module = Vec<String>;

/// For each module the modules that it uses.
type Arrows = BTreeMap<Module, BTreeSet<Module>>;

pub fn run(args: &Args) -> Result<()> {
    let mut folders: Vec<_> = fs::read_dir("crates")?.map(|it| Ok(it?.path())).collect::<Result<_>>()?;
    folders.extend(["stacks".into(), "xtask".into()]);
    folders.sort();
    for folder in folders {
        let name = folder.file_name().context("folders have names")?.to_string_lossy().into_owned();
        if args.crates.contains(&name) || (args.crates.is_empty() && name != "purlin-cfn") {
            print(&name, &arrows(&folder.join("src"))?);
        }
    }
    Ok(())
}

fn print(name: &str, arrows: &Arrows) {
    let all = || arrows.iter().flat_map(|(from, to)| to.iter().map(move |to| (from, to)));
    let up = all().filter(|(from, to)| from.starts_with(to)).count();
    let circles = circles(arrows);
    println!("{name}: {} modules, {} arrows, {up} up, {} circles", arrows.len(), all().count(), circles.len());
    for circle in circles {
        let path = |module: &&Module| if module.is_empty() { "crate".to_owned() } else { module.join("::") };
        println!("  circle of {}: {}", circle.len(), circle.iter().map(path).collect::<Vec<_>>().join(", "));
    }
}

/// The groups of modules that all reach each other, largest first.
fn circles(arrows: &Arrows) -> Vec<BTreeSet<&Module>> {
    let reached = |from| {
        let (mut found, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(next) = open.pop() {
            open.extend(arrows[next].iter().filter(|to| found.insert(*to)));
        }
        found
    };
    let reached: BTreeMap<&Module, BTreeSet<&Module>> = arrows.keys().map(|from| (from, reached(from))).collect();
    let mutual = |from: &&Module| reached[from].iter().copied().filter(|to| reached[to].contains(from)).collect();
    let found: BTreeSet<BTreeSet<&Module>> = arrows.keys().map(|from| mutual(&from)).collect();
    let mut circles: Vec<_> = found.into_iter().filter(|circle| circle.len() > 1).collect();
    circles.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
    circles
}

fn arrows(src: &Path) -> Result<Arrows> {
    let (mut sources, mut tests) = (BTreeMap::new(), Vec::new());
    read(src, &Vec::new(), &mut sources, &mut tests)?;
    sources.retain(|module, _| !tests.iter().any(|test| module.starts_with(test)));
    let modules: BTreeSet<Module> = sources.keys().cloned().collect();
    Ok(sources.into_iter().map(|(module, code)| (module.clone(), used(&module, &code, &modules))).collect())
}

/// The code of the module's files and those below, and the modules that only tests have.
fn read(folder: &Path, at: &Module, into: &mut BTreeMap<Module, String>, tests: &mut Vec<Module>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let stem = path.file_stem().context("files have names")?.to_string_lossy().into_owned();
        let is_root = ["lib", "main", "mod"].contains(&stem.as_str());
        let module: Module = at.iter().cloned().chain((!is_root).then_some(stem)).collect();
        if path.is_dir() {
            read(&path, &module, into, tests)?;
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = fs::read_to_string(&path)?;
            let test_module =
                |rest: &str| rest.trim_start().strip_prefix("mod ")?.split([';', ' ']).next().map(str::to_owned);
            let names = text.split("#[cfg(test)]").skip(1).filter_map(test_module);
            tests.extend(names.map(|name| module.iter().cloned().chain([name]).collect()));
            into.entry(module).or_default().push_str(&code(&text));
        }
    }
    Ok(())
}

/// The text without comments, string literals and the tests at its end.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = lines.join("\n").replace(r"\\", "").replace("\\\"", "").replace("'\"'", "");
    code.split('"').step_by(2).collect::<Vec<_>>().join(" ")
}

/// Names, `::` and other characters.
fn tokens(code: &str) -> Vec<&str> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let (mut tokens, mut rest) = (Vec::new(), code.trim_start());
    while let Some(first) = rest.chars().next() {
        let length = match rest.find(|c| !is_name(c)).unwrap_or(rest.len()) {
            0 if rest.starts_with("::") => 2,
            0 => first.len_utf8(),
            name => name,
        };
        tokens.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    tokens
}

/// The other modules that paths in the code lead to.
fn used(module: &Module, code: &str, modules: &BTreeSet<Module>) -> BTreeSet<Module> {
    let tokens = tokens(code);
    let (mut found, mut at) = (BTreeSet::new(), 0);
    while at + 1 < tokens.len() {
        let is_child = || modules.contains(&[module.as_slice(), &[tokens[at].to_owned()]].concat());
        let is_start = ["crate", "super", "self"].contains(&tokens[at]) || is_child();
        if is_start && tokens[at + 1] == "::" && (at == 0 || !["::", ".", "$"].contains(&tokens[at - 1])) {
            at = follow(&tokens, at, module.clone(), modules, &mut found);
        }
        at += 1;
    }
    found.remove(module);
    found
}

/// Follows the path at `at` from module `here`, or the paths of a group; returns where they end.
fn follow(
    tokens: &[&str],
    at: usize,
    mut here: Module,
    modules: &BTreeSet<Module>,
    found: &mut BTreeSet<Module>,
) -> usize {
    let mut at = at;
    loop {
        match tokens[at] {
            "crate" => here.clear(),
            "super" => drop(here.pop()),
            "self" => (),
            "{" => {
                while at + 1 < tokens.len() && tokens[at] != "}" {
                    at = follow(tokens, at + 1, here.clone(), modules, found) + 1;
                    at += tokens[at..].iter().take_while(|it| !["}", ","].contains(it)).count();
                }
                return at;
            }
            name => here.push(name.to_owned()),
        }
        if !modules.contains(&here) {
            here.pop();
        } else if tokens.get(at + 1) == Some(&"::") && at + 2 < tokens.len() {
            at += 2;
            continue;
        }
        found.insert(here);
        return at;
    }
}
