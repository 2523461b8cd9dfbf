//! What an app prints: templates on stdout, everything else on stderr.

use std::io::{self, Write};
use std::path::Path;

use purlin_assembly::Stack;
use purlin_construct::{Problem, Severity, Synthesis};

/// The two streams. A reader that goes away (`synth | head`) is no error.
pub(super) struct Output {
    stdout: io::Stdout,
    stderr: io::Stderr,
}

impl Output {
    pub fn new() -> Self {
        Self { stdout: io::stdout(), stderr: io::stderr() }
    }

    pub fn print(&mut self, text: &str) {
        let _ = writeln!(self.stdout, "{text}");
    }

    fn note(&mut self, text: &str) {
        let _ = writeln!(self.stderr, "{text}");
    }

    pub fn error(&mut self, message: &str) {
        self.note(&format!("error: {message}"));
    }

    pub fn problem(&mut self, problem: &Problem) {
        let level = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "note",
        };
        self.note(&format!("{level}: {problem}\n"));
    }

    /// What was synthesized and what was patched.
    pub fn summary(&mut self, synthesis: &Synthesis, directory: &Path, quiet: bool) {
        if quiet {
            return;
        }
        for stack in &synthesis.stacks {
            let count = stack.template["Resources"].as_object().map_or(0, serde_json::Map::len);
            let (name, place) = (&stack.display_name, directory.display());
            self.note(&format!("synthesized {name} ({count} resources) to {place}"));
        }
        if !synthesis.patches.is_empty() {
            self.note("patched automatically (a scope's `without_patch(\"NAME\")` turns one off):");
        }
        for patch in &synthesis.patches {
            self.note(&format!("  {} at {}\n    {}: {}", patch.name, patch.path, patch.what, patch.why));
        }
    }

    /// The template of a single stack; of several, how to get one.
    pub fn templates(&mut self, stacks: &[&Stack], json: bool) {
        let [stack] = stacks else {
            return self.note("name one of the stacks to print its template");
        };
        match stack.template() {
            Ok(text) if json => self.print(&text),
            Ok(text) => match serde_json::from_str(&text) {
                Ok(template) => self.print(purlin_template::to_yaml(&template).trim_end()),
                Err(error) => self.error(&format!("the template just written is not JSON: {error}")),
            },
            Err(error) => self.error(&error.to_string()),
        }
    }
}
