//! Lays out a type or a property for the width of the terminal.

use std::fmt::Write as _;

use purlin_template::{Property, Replacement, ResourceType, Sentences};

use crate::terminal::{Terminal, Tone};

/// More values than these are shown with their property alone.
const VALUES: usize = 24;
/// Longer patterns are shown with their property alone.
const PATTERN: usize = 60;

/// The indentation of names.
const NAMES: usize = 2;
/// The indentation of their descriptions.
const TEXT: usize = 6;

/// A page, line by line.
pub(super) struct Page<'a> {
    terminal: &'a Terminal,
    width: usize,
    text: String,
}

impl<'a> Page<'a> {
    pub(super) fn new(terminal: &'a Terminal) -> Self {
        Self { terminal, width: terminal.width(), text: String::new() }
    }

    /// Everything about a type, its nested properties left out.
    pub(super) fn of_type(mut self, kind: &ResourceType) -> String {
        let sentences = kind.sentences();
        self.title(kind.name());
        self.sentence(sentences.of_type());
        self.link(kind);
        self.wrapped(0, "A change updates the resource in place unless stated otherwise.");
        self.rules(&kind.rules(None));
        self.properties(kind, &sentences, kind.properties());
        self.attributes(kind, &sentences);
        self.blank();
        self.identity(kind);
        self.handlers(kind);
        self.text.trim_end().to_owned()
    }

    /// A property in full, with its members.
    pub(super) fn of_property(mut self, kind: &ResourceType, property: &Property<'_>) -> String {
        let sentences = kind.sentences();
        self.title(&format!("{} {}", kind.name(), property.path));
        self.sentence(sentences.of_property(property));
        self.link(kind);
        self.blank();
        let mut facts = vec![kind.kind_in_words(property)];
        facts.push(if property.is_required { "required".to_owned() } else { "optional".to_owned() });
        facts.push(change(kind, property).unwrap_or("a change updates in place").to_owned());
        facts.extend(marks(kind, property));
        self.wrapped(0, &facts.join("; "));
        if let Some(default) = kind.default_of(property) {
            self.wrapped(0, &format!("`{default}` unless it is given"));
        }
        for limit in kind.limits(property) {
            self.line(0, &limit);
        }
        self.values(0, &kind.values(property));
        self.rules(&kind.rules(Some(property)));
        self.properties(kind, &sentences, kind.members_of(property));
        self.text.trim_end().to_owned()
    }

    // ------------------------------------------------------------ parts

    fn properties(&mut self, kind: &ResourceType, sentences: &Sentences, properties: Vec<Property<'_>>) {
        let (required, optional): (Vec<_>, Vec<_>) = properties.into_iter().partition(|it| it.is_required);
        for (heading, properties) in [("required", required), ("optional", optional)] {
            if !properties.is_empty() {
                self.heading(heading);
            }
            for property in &properties {
                self.property(kind, sentences, property);
            }
        }
    }

    fn rules(&mut self, rules: &[String]) {
        if !rules.is_empty() {
            self.heading("together");
        }
        for rule in rules {
            self.wrapped(NAMES, rule);
        }
    }

    fn property(&mut self, kind: &ResourceType, sentences: &Sentences, property: &Property<'_>) {
        let mut facts = vec![kind.kind_in_words(property)];
        let (long, short): (Vec<_>, Vec<_>) = kind.limits(property).into_iter().partition(|it| it.contains('`'));
        facts.extend(short);
        facts.extend(change(kind, property).map(|words| self.terminal.paint(Tone::Odd, words)));
        facts.extend(marks(kind, property));
        let name = self.terminal.paint(Tone::Strong, property.name);
        self.wrapped(NAMES, &format!("{name}: {}", facts.join("; ")));
        if let Some(sentence) = sentences.of_property(property) {
            self.wrapped(TEXT, sentence);
        }
        for limit in long {
            let is_pattern = limit.contains("matches");
            self.line(TEXT, if is_pattern && limit.len() > PATTERN { "matches a pattern" } else { &limit });
        }
        let values = kind.values(property);
        if values.len() > VALUES {
            self.line(
                TEXT,
                &format!("one of {} values: `purlin schema {} {}`", values.len(), kind.name(), property.path),
            );
        } else {
            self.values(TEXT, &values);
        }
    }

    fn values(&mut self, indent: usize, values: &[String]) {
        let quoted: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
        if let [only] = &quoted[..] {
            self.wrapped(indent, &format!("always {only}"));
        } else if !quoted.is_empty() {
            self.wrapped(indent, &format!("one of {}", quoted.join(", ")));
        }
    }

    fn attributes(&mut self, kind: &ResourceType, sentences: &Sentences) {
        let names: Vec<&str> = kind.attributes().collect();
        if !names.is_empty() {
            self.heading("returned by `Fn::GetAtt`");
        }
        let (described, others): (Vec<_>, Vec<_>) =
            names.into_iter().partition(|name| sentences.of_attribute(name).is_some());
        for name in described {
            let sentence = sentences.of_attribute(name).unwrap_or_default();
            self.wrapped(NAMES, &format!("{}: {sentence}", self.terminal.paint(Tone::Strong, name)));
        }
        if !others.is_empty() {
            self.wrapped(NAMES, &others.join(", "));
        }
    }

    fn identity(&mut self, kind: &ResourceType) {
        let identifier: Vec<String> = kind.primary_identifier().map(|name| format!("`{name}`")).collect();
        if !identifier.is_empty() {
            self.wrapped(0, &format!("identified by {}", identifier.join(" and ")));
        }
        let tagging = match kind.tag_property() {
            Some(name) if kind.tags_can_change() => format!("tagged by `{name}`, which can change"),
            Some(name) => format!("tagged by `{name}` when it is created, and never again"),
            None => "takes no tags".to_owned(),
        };
        self.wrapped(0, &tagging);
    }

    fn handlers(&mut self, kind: &ResourceType) {
        // In the order in which CloudFormation calls them.
        let known = ["create", "read", "update", "delete", "list"];
        let handlers: Vec<&str> = known.into_iter().filter(|name| kind.handlers().any(|it| it == *name)).collect();
        if !handlers.is_empty() {
            self.heading("what CloudFormation does, and the permissions it needs");
        }
        for name in handlers {
            let actions: Vec<&str> = kind.permissions(name).collect();
            let handler = self.terminal.paint(Tone::Strong, name);
            let waits = match name {
                "read" | "list" => String::new(),
                _ => format!(" within {} minutes", kind.timeout_minutes(name)),
            };
            self.wrapped(NAMES, &format!("{handler}{waits}: {}", actions.join(", ")));
        }
    }

    // ------------------------------------------------------------ lines

    fn title(&mut self, text: &str) {
        let text = self.terminal.paint(Tone::Strong, text);
        self.line(0, &text);
    }

    fn heading(&mut self, text: &str) {
        self.blank();
        let text = self.terminal.paint(Tone::Good, text);
        self.line(0, &text);
    }

    fn sentence(&mut self, sentence: Option<&str>) {
        if let Some(sentence) = sentence {
            self.wrapped(0, sentence);
        }
    }

    fn link(&mut self, kind: &ResourceType) {
        if let Some(page) = kind.page() {
            self.line(0, &page);
        }
    }

    fn blank(&mut self) {
        self.text.push('\n');
    }

    fn line(&mut self, indent: usize, text: &str) {
        writeln!(self.text, "{:indent$}{text}", "").expect("writing to a string does not fail");
    }

    /// The text in lines of the terminal's width. A name at the beginning is highlighted.
    fn wrapped(&mut self, indent: usize, text: &str) {
        let hang = if indent == NAMES { TEXT - NAMES } else { 0 };
        let mut line = String::new();
        let mut is_first = true;
        for word in text.split(' ') {
            let margin = if is_first { indent } else { indent + hang };
            if !line.is_empty() && margin + shown_width(&line) + 1 + shown_width(word) > self.width {
                self.line(margin, &line);
                line.clear();
                is_first = false;
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.line(if is_first { indent } else { indent + hang }, &line);
    }
}

/// The width in letters, without colours.
fn shown_width(text: &str) -> usize {
    let mut width = 0;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\x1b' => drop(letters.find(|end| *end == 'm')),
            _ => width += 1,
        }
    }
    width
}

/// The effect of a change that is not done in place.
fn change(kind: &ResourceType, property: &Property<'_>) -> Option<&'static str> {
    let inside = format!("{}.", property.path);
    match kind.replacement(&property.path) {
        Replacement::Always => Some("a change replaces the resource"),
        Replacement::Sometimes => Some("a change may replace the resource"),
        Replacement::Never if kind.create_only().any(|path| path.starts_with(&inside)) => {
            Some("some changes replace the resource")
        }
        Replacement::Never => None,
    }
}

fn marks(kind: &ResourceType, property: &Property<'_>) -> Vec<String> {
    let is_in = |paths: Vec<String>| {
        let is_around = |path: &String| {
            let rest = property.path.strip_prefix(&path.replace(".*", ""));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        paths.iter().any(is_around)
    };
    let mut marks = Vec::new();
    if is_in(kind.read_only().collect()) {
        marks.push("set by AWS".to_owned());
    }
    if is_in(kind.write_only().collect()) {
        marks.push("never read back".to_owned());
    }
    if is_in(kind.deprecated().collect()) {
        marks.push("deprecated".to_owned());
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_take_no_room() {
        assert_eq!(shown_width("\x1b[1mName\x1b[0m: text"), "Name: text".len());
    }
}
