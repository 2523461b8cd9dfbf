//! Templates of others: `PURLIN_CORPUS=FOLDER cargo test -p purlin-template corpus -- --ignored --nocapture`.
//!
//! The folder has templates in any depth. Every error of the checks is in `corpus.yaml`, with the reason why it is true.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use purlin_template::{Template, Violation};

/// What was found in one template: its file, the place, and what was said.
struct Finding {
    file: String,
    place: String,
    message: String,
    is_doubtful: bool,
    /// Whether the reference check found it; the schema check finds the others.
    is_reference: bool,
}

#[test]
#[ignore = "needs templates: set PURLIN_CORPUS"]
fn corpus_of_templates_has_no_error_that_is_not_true() {
    let folder = PathBuf::from(std::env::var_os("PURLIN_CORPUS").expect("`PURLIN_CORPUS` names a folder of templates"));
    let mut files = Vec::new();
    walk(&folder, &mut files);
    files.sort();
    let (mut templates, mut resources, mut found) = (0, 0, Vec::new());
    for file in &files {
        let Some(template) = fs::read_to_string(file).ok().and_then(|text| Template::parse(&text).ok()) else {
            continue;
        };
        templates += 1;
        resources += template.resources().len();
        let name = file.strip_prefix(&folder).expect("the file lies in the folder").to_string_lossy().into_owned();
        found.extend(findings(&name, &template, file));
    }
    println!("{templates} templates, {resources} resources, {} findings", found.len());
    let judged = judged();
    let mut unjudged = 0;
    for it in &found {
        let is_judged =
            judged.iter().any(|(file, words)| it.file.contains(file.as_str()) && it.message.contains(words.as_str()));
        unjudged += usize::from(!it.is_doubtful && it.is_reference && !is_judged);
        let word = if it.is_doubtful {
            "doubtful"
        } else if is_judged {
            "judged"
        } else {
            "error"
        };
        let check = if it.is_reference { "references" } else { "schema" };
        println!("{word}\t{check}\t{}\t{}\t{}", it.file, it.place, it.message);
    }
    assert!(templates > 0, "`{}` has no templates", folder.display());
    assert_eq!(unjudged, 0, "errors that `corpus.yaml` does not explain");
}

fn findings(name: &str, template: &Template, file: &Path) -> Vec<Finding> {
    let mut problems = template.problems();
    for (id, resource) in template.resources() {
        let nested = || {
            let path = template.metadata(id)?.get("aws:asset:path")?.as_str()?;
            Template::parse(&fs::read_to_string(file.parent()?.join(path)).ok()?).ok()
        };
        if resource.kind == "AWS::CloudFormation::Stack" {
            problems.extend(nested().iter().flat_map(|nested| template.nested_problems(id, nested)));
        }
    }
    let finding = |place, message, is_doubtful, is_reference| Finding {
        file: name.to_owned(),
        place,
        message,
        is_doubtful,
        is_reference,
    };
    let own = problems.iter().map(|it| finding(it.place.to_string(), it.to_string(), it.is_doubtful(), true));
    let schema = template.schema_problems();
    let schema = schema.iter().map(|it| {
        let is_reference = matches!(it.violation, Violation::UnknownReturnValue { .. });
        finding(format!("{}/{}", it.resource, it.path), it.to_string(), it.is_doubtful(), is_reference)
    });
    own.chain(schema).collect()
}

/// File and words of each error that is true.
fn judged() -> Vec<(String, String)> {
    let document: BTreeMap<String, Vec<BTreeMap<String, String>>> =
        serde_yaml::from_str(include_str!("corpus.yaml")).expect("`corpus.yaml` is a map of reasons to findings");
    document.into_values().flatten().flat_map(BTreeMap::into_iter).collect()
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be listed") {
        let path = entry.expect("the folder can be listed").path();
        if path.is_dir() {
            walk(&path, files);
        } else if path
            .extension()
            .is_some_and(|it| ["json", "yaml", "yml", "template"].iter().any(|known| it == *known))
        {
            files.push(path);
        }
    }
}
