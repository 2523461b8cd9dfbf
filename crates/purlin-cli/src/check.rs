//! Checks the templates of an assembly before anything is sent: references, and AWS's schemas.

use std::path::{Path, PathBuf};

use purlin_assembly::{AssemblyError, LARGEST_FILE, MetadataEntry, Stack, read_text};
use purlin_deploy::{Finding, Severity};
use purlin_diagnosis::Origins;
use purlin_template::{Position, SchemaProblem, Template, TemplateProblem, Unchecked};
use serde_json::Value;

use crate::failure::{Failure, Kind};
use crate::terminal::{Terminal, Tone};

/// Prints the problems of the stacks' templates. Certain ones stop the command.
pub(crate) fn templates(stacks: &[&Stack], is_quiet: bool, terminal: &Terminal) -> Result<(), Failure> {
    let mut errors = 0;
    for (_, problems) in all(stacks)? {
        for problem in problems {
            let is_error = problem.severity == Severity::Error;
            errors += usize::from(is_error);
            if is_error || !is_quiet {
                problem.show(terminal);
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

/// The same problems for the report of preflight, by stack.
pub(crate) fn findings(stacks: &[&Stack]) -> Result<Vec<Vec<Finding>>, Failure> {
    let found = all(stacks)?;
    Ok(found.into_iter().map(|(_, problems)| problems.into_iter().map(Problem::finding).collect()).collect())
}

/// The problems that synthesis has not reported in the assembly, by stack.
fn all<'a>(stacks: &[&'a Stack]) -> Result<Vec<(&'a Stack, Vec<Problem>)>, Failure> {
    let mut read = Vec::new();
    for stack in stacks {
        read.push((*stack, files(stack)?));
    }
    let mut all = Vec::new();
    for (stack, files) in &read {
        let unchecked = unchecked(stack);
        let mut problems = Vec::new();
        for file in files {
            let own = file.template.problems_except(&unchecked);
            let between = file.between(files).into_iter().chain(file.of_other_stacks(&read));
            problems.extend(own.into_iter().chain(between).map(|it| file.template_problem(&it)));
            problems.extend(file.template.schema_problems_except(&unchecked).iter().map(|it| file.schema_problem(it)));
        }
        problems.retain(|problem| !problem.is_reported(stack));
        all.push((*stack, problems));
    }
    Ok(all)
}

/// A problem of a template, with what leads to it.
struct Problem {
    severity: Severity,
    logical_id: String,
    construct: Option<String>,
    /// The construct, or the stack and the logical id.
    place: String,
    property: String,
    message: String,
    declared_at: Option<String>,
    /// File, line and column of the template.
    template: String,
    hint: String,
}

impl Problem {
    /// Whether synthesis has already reported it in the assembly.
    fn is_reported(&self, stack: &Stack) -> bool {
        let is_it = |said: &purlin_assembly::Message| {
            Some(&said.path) == self.construct.as_ref() && said.text.starts_with(&self.message)
        };
        stack.messages().iter().any(is_it)
    }

    fn show(&self, terminal: &Terminal) {
        let (word, tone) = match self.severity {
            Severity::Error => ("error", Tone::Bad),
            Severity::Warning => ("warning", Tone::Odd),
            Severity::Note => ("note", Tone::Faint),
        };
        terminal.eprint(&format!("{}: {}: {}", terminal.epaint(tone, word), self.place, self.message));
        if !self.property.is_empty() {
            terminal.eprint(&format!("  property:  {}", self.property));
        }
        let origin = match &self.declared_at {
            Some(frame) => format!("declared:  {frame}"),
            None => format!("template:  {}", self.template),
        };
        terminal.eprint(&format!("  {origin}"));
        terminal.eprint(&format!("  hint:      {}", self.hint));
    }

    fn finding(self) -> Finding {
        let property = if self.property.is_empty() { String::new() } else { format!("{}: ", self.property) };
        Finding {
            severity: self.severity,
            check: "template",
            logical_id: Some(self.logical_id),
            construct: self.construct,
            declared_at: self.declared_at.or(Some(self.template)),
            reason: property + &self.message,
            fix: Some(self.hint),
        }
    }
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
        let read = read_text(&path, LARGEST_FILE);
        let text = read.map_err(|source| AssemblyError::Read { path: path.clone(), source })?;
        let template = Template::parse(&text).map_err(|error| {
            Failure::new(Kind::Problems, format!("the template `{}` cannot be read: {error}", path.display()))
        })?;
        let json = template.to_json();
        Ok(Self { stack, path, template, json })
    }

    /// The stacks nested in it, by logical id, and the files of their templates.
    fn nested(&self) -> Vec<(&str, PathBuf)> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let resources = self.json["Resources"].as_object().into_iter().flatten();
        let stacks = resources.filter(|(_, resource)| resource["Type"] == "AWS::CloudFormation::Stack");
        let paths = stacks
            .filter_map(|(id, stack)| Some((id.as_str(), folder.join(stack["Metadata"]["aws:asset:path"].as_str()?))));
        paths.filter(|(_, path)| path.is_file()).collect()
    }

    /// The problems between it and the templates of the stacks nested in it.
    fn between(&self, files: &[TemplateFile<'_>]) -> Vec<TemplateProblem> {
        let nested = self.nested().into_iter().filter_map(|(id, path)| {
            let file = files.iter().find(|file| file.path == path)?;
            Some(self.template.nested_problems(id, &file.template))
        });
        nested.flatten().collect()
    }

    /// The outputs that it reads of stacks of the same account, and that those do not have.
    fn of_other_stacks(&self, read: &[(&Stack, Vec<TemplateFile<'_>>)]) -> Vec<TemplateProblem> {
        let own = self.stack.environment();
        let problem = |output: &purlin_template::StackOutput| {
            let region = output.region.as_ref().or(own.region.as_ref());
            let (_, files) = read.iter().find(|(stack, _)| {
                let environment = stack.environment();
                let is_same = environment.account == own.account && environment.region.as_ref() == region;
                stack.name() == output.stack && is_same
            })?;
            self.template.stack_output_problem(output, &files.first()?.template)
        };
        self.template.stack_outputs().iter().filter_map(problem).collect()
    }

    fn template_problem(&self, problem: &TemplateProblem) -> Problem {
        let severity = if problem.is_doubtful() { Severity::Note } else { Severity::Error };
        let texts = [problem.property(), problem.to_string(), problem.hint()];
        self.problem(severity, problem.element().1, problem.place.at, texts)
    }

    fn schema_problem(&self, problem: &SchemaProblem) -> Problem {
        let severity = if problem.is_doubtful() { Severity::Warning } else { Severity::Error };
        let texts = [problem.property(), problem.to_string(), problem.hint()];
        self.problem(severity, &problem.resource, problem.at, texts)
    }

    /// A problem of an element of the template, with property, message and hint.
    fn problem(&self, severity: Severity, logical_id: &str, at: Position, texts: [String; 3]) -> Problem {
        let [property, message, hint] = texts;
        let origins = Origins::of(self.stack, &self.json);
        let construct = origins.construct(logical_id).map(|path| path.trim_start_matches('/').to_owned());
        let place = construct.clone().unwrap_or_else(|| format!("{}/{logical_id}", self.stack.display_name()));
        let declared_at = origins.declared_at(logical_id);
        let template = format!("{}:{at}", self.path.display());
        let logical_id = logical_id.to_owned();
        Problem { severity, logical_id, construct, place, property, message, declared_at, template, hint }
    }
}

/// The stack's template, and those of the stacks nested in it, which the CDK keeps beside it.
fn files(stack: &Stack) -> Result<Vec<TemplateFile<'_>>, Failure> {
    let mut files = vec![TemplateFile::read(stack, stack.template_path())?];
    let mut next = 0;
    while let Some(outer) = files.get(next) {
        let paths: Vec<PathBuf> = outer.nested().into_iter().map(|(_, path)| path).collect();
        for path in paths {
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
