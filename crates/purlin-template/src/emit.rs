//! Writes templates as YAML with one meaning in every version: no bare word that a version reads differently.

use serde_json::{Map, Value};

use crate::intrinsics::{tag_for_list, tag_for_text};
use crate::scalar::is_ambiguous;

/// Spaces a level of nesting adds.
const INDENT: usize = 2;
/// YAML allows a key of this many characters in front of its `:`; longer ones need a line of their own.
const LONGEST_SIMPLE_KEY: usize = 1000;

/// Block-style YAML with short tags for intrinsic functions, ending in a newline.
///
/// Text that some YAML reader could take for a number, a boolean, a date or nothing is quoted. Short tags are written
/// where CloudFormation allows them: never directly in front of another one.
pub fn to_yaml(value: &Value) -> String {
    let mut out = String::new();
    match Form::of(value) {
        Form::Line(text) => {
            out.push_str(&text);
            out.push('\n');
        }
        Form::Literal { tag, text } => literal(&mut out, tag, text, INDENT),
        Form::List { tag, items } => {
            if let Some(tag) = tag {
                out.extend(["!", tag, "\n"]);
            }
            list(&mut out, items, 0, false);
        }
        Form::Entries(entries) => mapping(&mut out, entries, 0, false),
    }
    out
}

/// How a value is laid out.
enum Form<'a> {
    /// On the line of its key, tag included.
    Line(String),
    /// As a `|` block.
    Literal { tag: Option<&'a str>, text: &'a str },
    /// As `- ` lines.
    List { tag: Option<&'a str>, items: &'a [Value] },
    /// As `key: ` lines.
    Entries(&'a Map<String, Value>),
}

impl<'a> Form<'a> {
    fn of(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Line("null".to_owned()),
            Value::Bool(value) => Self::Line(value.to_string()),
            Value::Number(number) => Self::Line(number_text(&number.to_string())),
            Value::String(text) => Self::text(None, text),
            Value::Array(items) => Self::list(None, items),
            Value::Object(entries) if entries.is_empty() => Self::Line("{}".to_owned()),
            Value::Object(entries) => Self::function(entries).unwrap_or(Self::Entries(entries)),
        }
    }

    fn text(tag: Option<&'a str>, text: &'a str) -> Self {
        if fits_literal(text) { Self::Literal { tag, text } } else { Self::Line(tagged(tag, &scalar(text))) }
    }

    fn list(tag: Option<&'a str>, items: &'a [Value]) -> Self {
        if items.is_empty() { Self::Line(tagged(tag, "[]")) } else { Self::List { tag, items } }
    }

    /// The tagged form of `{"Fn::X": argument}`, where there is one.
    fn function(entries: &'a Map<String, Value>) -> Option<Self> {
        let (name, argument) = entries.iter().next().filter(|_| entries.len() == 1)?;
        match argument {
            Value::Array(items) if name == "Fn::GetAtt" => attribute(items).map(Self::Line),
            Value::String(text) => tag_for_text(name).map(|tag| Self::text(Some(tag), text)),
            Value::Array(items) => tag_for_list(name).map(|tag| Self::list(Some(tag), items)),
            _ => None,
        }
    }
}

/// `!GetAtt Id.Attribute`, if the list reads back from that.
fn attribute(items: &[Value]) -> Option<String> {
    let [Value::String(id), Value::String(attribute)] = items else { return None };
    let legal = !id.is_empty() && !id.contains('.') && !attribute.is_empty();
    legal.then(|| format!("!GetAtt {}", scalar(&format!("{id}.{attribute}"))))
}

fn tagged(tag: Option<&str>, text: &str) -> String {
    tag.map_or_else(|| text.to_owned(), |tag| format!("!{tag} {text}"))
}

/// Writes the entries; the first on the current line when `compact`.
fn mapping(out: &mut String, entries: &Map<String, Value>, indent: usize, compact: bool) {
    for (index, (key, value)) in entries.iter().enumerate() {
        if index > 0 || !compact {
            pad(out, indent);
        }
        let key = scalar(key);
        if key.chars().count() > LONGEST_SIMPLE_KEY {
            out.extend(["? ", &key, "\n"]);
            pad(out, indent);
        } else {
            out.push_str(&key);
        }
        out.push(':');
        match Form::of(value) {
            Form::Line(text) => out.extend([" ", &text, "\n"]),
            Form::Literal { tag, text } => {
                out.push(' ');
                literal(out, tag, text, indent + INDENT);
            }
            Form::List { tag, items } => {
                out.extend(tag.into_iter().flat_map(|tag| [" !", tag]).chain(["\n"]));
                list(out, items, indent + INDENT, false);
            }
            Form::Entries(entries) => {
                out.push('\n');
                mapping(out, entries, indent + INDENT, false);
            }
        }
    }
}

/// Writes the items; the first on the current line when `compact`.
fn list(out: &mut String, items: &[Value], indent: usize, compact: bool) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 || !compact {
            pad(out, indent);
        }
        out.push_str("- ");
        match Form::of(item) {
            Form::Line(text) => out.extend([&text, "\n"]),
            Form::Literal { tag, text } => literal(out, tag, text, indent + INDENT),
            Form::List { tag: Some(tag), items } => {
                out.extend(["!", tag, "\n"]);
                list(out, items, indent + INDENT, false);
            }
            Form::List { tag: None, items } => list(out, items, indent + INDENT, true),
            Form::Entries(entries) => mapping(out, entries, indent + INDENT, true),
        }
    }
}

/// Writes `|`, its chomping, and the lines.
fn literal(out: &mut String, tag: Option<&str>, text: &str, indent: usize) {
    let body = text.trim_end_matches('\n');
    let chomping = match text.len() - body.len() {
        0 => "|-",
        1 => "|",
        _ => "|+",
    };
    out.push_str(&tagged(tag, chomping));
    out.push('\n');
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        if !line.is_empty() {
            pad(out, indent);
            out.push_str(line);
        }
        out.push('\n');
    }
}

/// Whether a `|` block gives back exactly this text.
fn fits_literal(text: &str) -> bool {
    let starts_plainly = !text.starts_with([' ', '\t', '\n']);
    let printable = text.chars().all(|c| c == '\n' || is_plain_char(c));
    let no_blank_lines = text.split('\n').all(|line| line.is_empty() || !line.trim().is_empty());
    text.contains('\n') && starts_plainly && printable && no_blank_lines
}

/// One line: bare where it is unambiguous, else in double quotes.
fn scalar(text: &str) -> String {
    let first_bare = |c: char| !"-?:,[]{}#&*!|>'\"%@`=~".contains(c);
    let bare = text.chars().next().is_some_and(first_bare)
        && text.trim() == text
        && !text.starts_with("...")
        && text.chars().all(is_plain_char)
        && !text.contains(": ")
        && !text.ends_with(':')
        && !text.contains(" #")
        && !is_ambiguous(text);
    if bare { text.to_owned() } else { quoted(text) }
}

/// Characters that stand for themselves everywhere: no control characters, no Unicode line breaks or byte order mark.
fn is_plain_char(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_plain_char(c) => out.push(c),
            c => out.push_str(&escape(c)),
        }
    }
    out.push('"');
    out
}

fn escape(c: char) -> String {
    format!("\\u{:04x}", u32::from(c))
}

/// YAML 1.1 knows a float by its dot and a signed exponent: `1e100` becomes `1.0e+100`.
fn number_text(text: &str) -> String {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return text.to_owned() };
    let dot = if mantissa.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with(['+', '-']) { "" } else { "+" };
    format!("{mantissa}{dot}e{sign}{exponent}")
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}
