//! Checks the templates of an assembly against AWS's schemas before anything is sent.

use std::fs;
use std::path::{Path, PathBuf};

use purlin_assembly::{AssemblyError, MetadataEntry, Stack};
use purlin_diagnosis::Origins;
use purlin_template::{SchemaProblem, Template, Unchecked};
use serde_json::Value;

use crate::failure::{Failure, Kind};
use crate::terminal::{Terminal, Tone};

/// Prints the problems of the stacks' templates. Certain ones stop the command.
pub(crate) fn templates(stacks: &[&Stack], is_quiet: bool, terminal: &Terminal) -> Result<(), Failure> {
    let mut errors = 0;
    for stack in stacks {
        let unchecked = unchecked(stack);
        for file in read(stack)? {
            for problem in file.template.schema_problems_except(&unchecked) {
                let is_error = !problem.is_doubtful();
                if file.is_reported(&problem) || (is_quiet && !is_error) {
                    continue;
                }
                errors += usize::from(is_error);
                file.show(&problem, terminal);
            }
        }
    }
    let message = match errors {
        0 => return Ok(()),
        1 => "AWS would refuse the stacks: 1 problem".to_owned(),
        many => format!("AWS would refuse the stacks: {many} problems"),
    };
    Err(Failure::new(Kind::Problems, message)
        .hint("`--unchecked` skips this check, for a type that AWS has changed since these schemas"))
}

/// A template of the stack: its own, or that of a stack nested in it.
struct TemplateFile<'a> {
    stack: &'a Stack,
    path: PathBuf,
    template: Template,
    json: Value,
}

impl<'a> TemplateFile<'a> {
    fn read(stack: &'a Stack, path: PathBuf) -> Result<Self, Failure> {
        let text = fs::read_to_string(&path).map_err(|source| AssemblyError::Read { path: path.clone(), source })?;
        let template = Template::parse(&text).map_err(|error| {
            Failure::new(Kind::Problems, format!("the template `{}` cannot be read: {error}", path.display()))
        })?;
        let json = template.to_json();
        Ok(Self { stack, path, template, json })
    }

    /// The templates of the stacks nested in it.
    fn nested(&self) -> Vec<PathBuf> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let resources = self.json["Resources"].as_object().into_iter().flat_map(serde_json::Map::values);
        let stacks = resources.filter(|resource| resource["Type"] == "AWS::CloudFormation::Stack");
        let paths = stacks.filter_map(|stack| Some(folder.join(stack["Metadata"]["aws:asset:path"].as_str()?)));
        paths.filter(|path| path.is_file()).collect()
    }

    fn construct(&self, problem: &SchemaProblem) -> Option<&str> {
        Origins::of(self.stack, &self.json).construct(&problem.resource).map(|path| path.trim_start_matches('/'))
    }

    /// Whether synthesis has already reported it in the assembly.
    fn is_reported(&self, problem: &SchemaProblem) -> bool {
        let (construct, message) = (self.construct(problem), problem.to_string());
        let is_it = |said: &purlin_assembly::Message| Some(&*said.path) == construct && said.text.starts_with(&message);
        self.stack.messages().iter().any(is_it)
    }

    fn show(&self, problem: &SchemaProblem, terminal: &Terminal) {
        let (word, tone) = if problem.is_doubtful() { ("warning", Tone::Odd) } else { ("error", Tone::Bad) };
        let place = match self.construct(problem) {
            Some(construct) => construct.to_owned(),
            None => format!("{}/{}", self.stack.display_name(), problem.resource),
        };
        terminal.eprint(&format!("{}: {place}: {problem}", terminal.epaint(tone, word)));
        if !problem.property().is_empty() {
            terminal.eprint(&format!("  property:  {}", problem.property()));
        }
        terminal.eprint(&format!("  {}", self.origin(problem)));
        terminal.eprint(&format!("  hint:      {}", problem.hint()));
    }

    /// The line of the user's code, or else of the template.
    fn origin(&self, problem: &SchemaProblem) -> String {
        match Origins::of(self.stack, &self.json).declared_at(&problem.resource) {
            Some(frame) => format!("declared:  {frame}"),
            None => format!("template:  {}:{}", self.path.display(), problem.at),
        }
    }
}

/// The stack's template, and those of the stacks nested in it, which the CDK keeps beside it.
fn read(stack: &Stack) -> Result<Vec<TemplateFile<'_>>, Failure> {
    let mut files = vec![TemplateFile::read(stack, stack.template_path())?];
    let mut next = 0;
    while let Some(outer) = files.get(next) {
        for path in outer.nested() {
            if !files.iter().any(|file| file.path == path) {
                files.push(TemplateFile::read(stack, path)?);
            }
        }
        next += 1;
    }
    Ok(files)
}

/// The properties that the app excludes from the check.
fn unchecked(stack: &Stack) -> Unchecked {
    let mut unchecked = Unchecked::default();
    for entries in stack.metadata().values() {
        let texts = |kind: &'static str| {
            let of_kind = entries.iter().filter(move |entry| entry.kind == kind);
            of_kind.filter_map(|entry| entry.data.as_ref()?.as_str())
        };
        for logical_id in texts(MetadataEntry::LOGICAL_ID) {
            texts(MetadataEntry::UNCHECKED).for_each(|path| unchecked.add(logical_id, path));
        }
    }
    unchecked
}
