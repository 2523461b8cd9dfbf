//! Reads JSON with positions: what CDK and CloudFormation itself write.

use std::iter::Peekable;
use std::str::Chars;

use crate::error::TemplateError;
use crate::node::{Entry, Mapping, Node, Position, Span, Spanned};
use crate::yaml::DEPTH_LIMIT;

/// Reads one JSON document.
pub(crate) fn load(text: &str) -> Result<Spanned, TemplateError> {
    let mut reader = Reader { chars: text.chars().peekable(), at: Position { line: 1, column: 1 } };
    let value = reader.value(0)?;
    reader.skip_space();
    match reader.chars.peek() {
        None => Ok(value),
        Some(_) => Err(reader.unexpected("the end of the document")),
    }
}

struct Reader<'a> {
    chars: Peekable<Chars<'a>>,
    at: Position,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Result<Spanned, TemplateError> {
        self.skip_space();
        let start = self.at;
        if depth > DEPTH_LIMIT {
            return Err(TemplateError::TooDeep { at: start, limit: DEPTH_LIMIT });
        }
        let node = match self.chars.peek() {
            Some('{') => self.mapping(depth)?,
            Some('[') => self.sequence(depth)?,
            Some('"') => Node::String(self.string()?),
            Some('t' | 'f' | 'n') => self.word()?,
            Some('-' | '0'..='9') => self.number()?,
            _ => return Err(self.unexpected("a value")),
        };
        Ok(Spanned { node, span: Span { start, end: self.at } })
    }

    fn mapping(&mut self, depth: usize) -> Result<Node, TemplateError> {
        let mut entries = Mapping::new();
        self.next();
        if self.accept('}') {
            return Ok(Node::Mapping(entries));
        }
        loop {
            self.skip_space();
            let start = self.at;
            if self.chars.peek() != Some(&'"') {
                return Err(self.unexpected("a key in double quotes"));
            }
            let name = self.string()?;
            let key = Span { start, end: self.at };
            self.expect(':', "`:` after the key")?;
            let value = self.value(depth + 1)?;
            if let Some(first) = entries.get(&name) {
                return Err(TemplateError::DuplicateKey { key: name, first: first.key.start, second: start });
            }
            entries.insert(name, Entry { key, value });
            if !self.accept(',') {
                self.expect('}', "`,` or `}`")?;
                return Ok(Node::Mapping(entries));
            }
        }
    }

    fn sequence(&mut self, depth: usize) -> Result<Node, TemplateError> {
        let mut items = Vec::new();
        self.next();
        if self.accept(']') {
            return Ok(Node::Sequence(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if !self.accept(',') {
                self.expect(']', "`,` or `]`")?;
                return Ok(Node::Sequence(items));
            }
        }
    }

    /// Reads up to the closing quote; escapes are left to `serde_json`, which knows surrogate pairs.
    fn string(&mut self) -> Result<String, TemplateError> {
        let start = self.at;
        let mut raw = String::from('"');
        self.next();
        loop {
            match self.next() {
                None | Some('\n') => {
                    return Err(syntax(start, "the text that begins here is not closed by a double quote"));
                }
                Some('"') => break,
                Some('\\') => {
                    raw.push('\\');
                    raw.extend(self.next());
                }
                Some(other) => raw.push(other),
            }
        }
        raw.push('"');
        serde_json::from_str(&raw).map_err(|_| {
            syntax(start, "the text that begins here has a character or an escape that JSON does not allow")
        })
    }

    fn word(&mut self) -> Result<Node, TemplateError> {
        let start = self.at;
        let mut word = String::new();
        while let Some(letter) = self.chars.next_if(char::is_ascii_alphanumeric) {
            self.at.column += 1;
            word.push(letter);
        }
        match word.as_str() {
            "true" => Ok(Node::Bool(true)),
            "false" => Ok(Node::Bool(false)),
            "null" => Ok(Node::Null),
            _ => Err(syntax(start, &format!("`{word}` is no JSON value; text stands in double quotes"))),
        }
    }

    fn number(&mut self) -> Result<Node, TemplateError> {
        let start = self.at;
        let mut text = String::new();
        while let Some(c) = self.chars.next_if(|c| c.is_ascii_digit() || "+-.eE".contains(*c)) {
            self.at.column += 1;
            text.push(c);
        }
        if serde_json::from_str::<serde_json::Number>(&text).is_err() {
            return Err(syntax(start, &format!("`{text}` is no JSON number")));
        }
        Ok(text.parse().map_or_else(|_| Node::Float(text.clone()), Node::Integer))
    }

    fn expect(&mut self, wanted: char, name: &str) -> Result<(), TemplateError> {
        if self.accept(wanted) { Ok(()) } else { Err(self.unexpected(name)) }
    }

    fn accept(&mut self, wanted: char) -> bool {
        self.skip_space();
        let found = self.chars.peek() == Some(&wanted);
        if found {
            self.next();
        }
        found
    }

    fn skip_space(&mut self) {
        while matches!(self.chars.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.next();
        }
    }

    fn next(&mut self) -> Option<char> {
        let c = self.chars.next()?;
        if c == '\n' {
            self.at = Position { line: self.at.line + 1, column: 1 };
        } else {
            self.at.column += 1;
        }
        Some(c)
    }

    fn unexpected(&mut self, wanted: &str) -> TemplateError {
        let found = self.chars.peek().map_or_else(|| "the end of the text".to_owned(), |c| format!("`{c}`"));
        syntax(self.at, &format!("expected {wanted}, found {found}"))
    }
}

fn syntax(at: Position, detail: &str) -> TemplateError {
    TemplateError::Syntax { format: "JSON", at, detail: detail.to_owned() }
}
