//! Reads YAML events into positioned values: tags to intrinsics, duplicate keys, merges, bounded aliases.

use std::collections::{BTreeMap, BTreeSet};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag};

use crate::error::TemplateError;
use crate::intrinsics;
use crate::node::{Entry, Mapping, Node, Position, Span, Spanned};
use crate::scalar;

/// Values that anchors and aliases of one document may copy; templates end at one megabyte of text.
const COPY_LIMIT: usize = 200_000;
/// Levels of nesting; what reads a value afterwards recurses over it.
pub(crate) const DEPTH_LIMIT: usize = 120;

/// Reads one YAML document.
pub(crate) fn load(text: &str) -> Result<Spanned, TemplateError> {
    let mut loader = Loader::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(syntax)?;
        loader.event(event, convert(span))?;
    }
    Ok(loader.root.unwrap_or(Spanned { node: Node::Null, span: Span::default() }))
}

#[derive(Default)]
struct Loader {
    stack: Vec<Frame>,
    root: Option<Spanned>,
    documents: usize,
    anchors: BTreeMap<usize, Spanned>,
    copied: usize,
}

/// A list or mapping that has begun and not ended.
struct Frame {
    start: Position,
    anchor: usize,
    tag: Option<String>,
    content: Content,
}

enum Content {
    Sequence(Vec<Spanned>),
    Mapping { pairs: Vec<(Key, Spanned)>, key: Option<Key> },
}

/// A key in its mapping.
struct Key {
    text: String,
    span: Span,
    merge: bool,
}

impl Loader {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), TemplateError> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(TemplateError::SeveralDocuments { at: span.start });
                }
            }
            Event::Scalar(text, style, anchor, tag) => self.scalar(&text, style, anchor, tag.as_deref(), span)?,
            Event::SequenceStart(anchor, tag) => {
                self.open(anchor, tag.as_deref(), Content::Sequence(Vec::new()), span)?;
            }
            Event::MappingStart(anchor, tag) => {
                self.open(anchor, tag.as_deref(), Content::Mapping { pairs: Vec::new(), key: None }, span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span)?,
            Event::Alias(anchor) => self.alias(anchor, span)?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        span: Span,
    ) -> Result<(), TemplateError> {
        let plain = style == ScalarStyle::Plain;
        // `! key` is YAML's way to say that the key is plain text.
        if self.expects_key() && tag.is_none_or(|tag| tag.handle.is_empty() && tag.suffix == "!") {
            if plain && text.is_empty() {
                return Err(TemplateError::KeyNotText { at: span.start, found: Node::Null.kind() });
            }
            self.set_key(Key { text: text.to_owned(), span, merge: plain && text == "<<" });
            self.remember(anchor, &Spanned { node: Node::String(text.to_owned()), span }, span)?;
            return Ok(());
        }
        let node = match tag {
            None if plain => scalar::resolve(text),
            None => Node::String(text.to_owned()),
            Some(tag) if tag.is_yaml_core_schema() => core_scalar(tag, text, span)?,
            Some(tag) => match function(tag, span)? {
                None => Node::String(text.to_owned()),
                Some(name) => return self.finish(anchor, called(&name, text_argument(&name, text, span)?, span), span),
            },
        };
        self.finish(anchor, Spanned { node, span }, span)
    }

    fn open(&mut self, anchor: usize, tag: Option<&Tag>, content: Content, span: Span) -> Result<(), TemplateError> {
        if self.stack.len() >= DEPTH_LIMIT {
            return Err(TemplateError::TooDeep { at: span.start, limit: DEPTH_LIMIT });
        }
        if self.expects_key() {
            let found = if matches!(content, Content::Sequence(_)) { "a list" } else { "a mapping" };
            return Err(TemplateError::KeyNotText { at: span.start, found });
        }
        let tag = match tag {
            None => None,
            Some(tag) if tag.is_yaml_core_schema() => match tag.suffix.as_str() {
                "seq" | "map" => None,
                _ => return Err(TemplateError::UnsupportedTag { tag: written(tag), at: span.start }),
            },
            Some(tag) => function(tag, span)?,
        };
        self.stack.push(Frame { start: span.start, anchor, tag, content });
        Ok(())
    }

    fn close(&mut self, span: Span) -> Result<(), TemplateError> {
        let frame = self.stack.pop().expect("the parser ends only what it began");
        let span = Span { start: frame.start, end: span.end };
        let node = match frame.content {
            Content::Sequence(items) => Node::Sequence(items),
            Content::Mapping { pairs, .. } => Node::Mapping(mapping(pairs)?),
        };
        let value = Spanned { node, span };
        let value = match frame.tag {
            None => value,
            Some(name) => called(&name, value, span),
        };
        self.finish(frame.anchor, value, span)
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), TemplateError> {
        let Some(value) = self.anchors.get(&anchor) else {
            return Err(TemplateError::AliasInsideItself { at: span.start });
        };
        let (size, height) = measure(value);
        if self.stack.len() + height > DEPTH_LIMIT {
            return Err(TemplateError::TooDeep { at: span.start, limit: DEPTH_LIMIT });
        }
        let value = value.clone();
        self.count(size, span)?;
        if !self.expects_key() {
            return self.place(value);
        }
        match value.node {
            Node::String(text) => {
                self.set_key(Key { text, span, merge: false });
                Ok(())
            }
            other => Err(TemplateError::KeyNotText { at: span.start, found: other.kind() }),
        }
    }

    fn finish(&mut self, anchor: usize, value: Spanned, span: Span) -> Result<(), TemplateError> {
        self.remember(anchor, &value, span)?;
        self.place(value)
    }

    fn remember(&mut self, anchor: usize, value: &Spanned, span: Span) -> Result<(), TemplateError> {
        if anchor == 0 {
            return Ok(());
        }
        self.count(measure(value).0, span)?;
        self.anchors.insert(anchor, value.clone());
        Ok(())
    }

    fn count(&mut self, values: usize, span: Span) -> Result<(), TemplateError> {
        self.copied += values;
        if self.copied > COPY_LIMIT {
            return Err(TemplateError::TooManyAliases { at: span.start, limit: COPY_LIMIT });
        }
        Ok(())
    }

    fn place(&mut self, value: Spanned) -> Result<(), TemplateError> {
        match self.stack.last_mut().map(|frame| &mut frame.content) {
            None => self.root = Some(value),
            Some(Content::Sequence(items)) => items.push(value),
            Some(Content::Mapping { pairs, key }) => match key.take() {
                Some(key) => pairs.push((key, value)),
                None => return Err(TemplateError::KeyNotText { at: value.span.start, found: value.node.kind() }),
            },
        }
        Ok(())
    }

    fn expects_key(&self) -> bool {
        matches!(self.stack.last().map(|frame| &frame.content), Some(Content::Mapping { key: None, .. }))
    }

    fn set_key(&mut self, new: Key) {
        if let Some(Content::Mapping { key, .. }) = self.stack.last_mut().map(|frame| &mut frame.content) {
            *key = Some(new);
        }
    }
}

/// Joins the pairs of a mapping: a key twice is an error, a written key wins over a merged one.
fn mapping(pairs: Vec<(Key, Spanned)>) -> Result<Mapping, TemplateError> {
    let mut places = BTreeMap::new();
    for (key, _) in pairs.iter().filter(|(key, _)| !key.merge) {
        if let Some(first) = places.insert(key.text.clone(), key.span.start) {
            return Err(TemplateError::DuplicateKey { key: key.text.clone(), first, second: key.span.start });
        }
    }
    let written: BTreeSet<String> = places.into_keys().collect();
    let mut entries = Mapping::new();
    for (key, value) in pairs {
        if !key.merge {
            entries.insert(key.text, Entry { key: key.span, value });
            continue;
        }
        for (name, entry) in merged(value, key.span.start)? {
            if !written.contains(&name) {
                entries.entry(name).or_insert(entry);
            }
        }
    }
    Ok(entries)
}

/// The entries a merge key brings: of a mapping, or of a list of mappings where the first wins.
fn merged(value: Spanned, at: Position) -> Result<Mapping, TemplateError> {
    match value.node {
        Node::Mapping(entries) => Ok(entries),
        Node::Sequence(items) => {
            let mut all = Mapping::new();
            for item in items {
                let Node::Mapping(entries) = item.node else {
                    return Err(TemplateError::MergeShape { at, found: item.node.kind() });
                };
                for (name, entry) in entries {
                    all.entry(name).or_insert(entry);
                }
            }
            Ok(all)
        }
        other => Err(TemplateError::MergeShape { at, found: other.kind() }),
    }
}

/// `{"Fn::Join": argument}`.
fn called(name: &str, argument: Spanned, span: Span) -> Spanned {
    let entry = Entry { key: span, value: argument };
    Spanned { node: Node::Mapping(Mapping::from_iter([(name.to_owned(), entry)])), span }
}

/// The argument of a tag in front of text: `!GetAtt A.B` is a list, everything else the text as it stands.
fn text_argument(name: &str, text: &str, span: Span) -> Result<Spanned, TemplateError> {
    let string = |text: &str| Spanned { node: Node::String(text.to_owned()), span };
    if name != "Fn::GetAtt" {
        return Ok(string(text));
    }
    match text.split_once('.') {
        Some((id, attribute)) if !id.is_empty() && !attribute.is_empty() => {
            Ok(Spanned { node: Node::Sequence(vec![string(id), string(attribute)]), span })
        }
        _ => Err(TemplateError::GetAttShape { given: text.to_owned(), at: span.start }),
    }
}

/// The long name of a local tag; nothing for the lone `!`, which only says "not a number".
fn function(tag: &Tag, span: Span) -> Result<Option<String>, TemplateError> {
    if tag.handle.is_empty() && tag.suffix == "!" {
        return Ok(None);
    }
    let name = if tag.handle == "!" { intrinsics::long_name(&tag.suffix) } else { None };
    name.map(Some).ok_or_else(|| TemplateError::UnknownTag {
        tag: written(tag),
        at: span.start,
        suggestion: intrinsics::resembling(&tag.suffix),
    })
}

fn core_scalar(tag: &Tag, text: &str, span: Span) -> Result<Node, TemplateError> {
    match tag.suffix.as_str() {
        "str" => Ok(Node::String(text.to_owned())),
        "int" | "float" | "bool" | "null" => Ok(scalar::resolve(text)),
        _ => Err(TemplateError::UnsupportedTag { tag: written(tag), at: span.start }),
    }
}

fn written(tag: &Tag) -> String {
    if tag.is_yaml_core_schema() { format!("!!{}", tag.suffix) } else { format!("{}{}", tag.handle, tag.suffix) }
}

/// How many values there are, and how deep they go.
fn measure(value: &Spanned) -> (usize, usize) {
    let children: Vec<(usize, usize)> = match &value.node {
        Node::Sequence(items) => items.iter().map(measure).collect(),
        Node::Mapping(entries) => entries.values().map(|entry| measure(&entry.value)).collect(),
        _ => return (1, 0),
    };
    let size = children.iter().map(|(size, _)| size).sum::<usize>();
    let height = children.iter().map(|(_, height)| *height).max().unwrap_or(0);
    (size + 1, height + 1)
}

fn convert(span: saphyr_parser::Span) -> Span {
    Span { start: position(span.start), end: position(span.end) }
}

fn position(marker: Marker) -> Position {
    Position { line: marker.line(), column: marker.col() + 1 }
}

fn syntax(error: ScanError) -> TemplateError {
    TemplateError::Syntax { format: "YAML", at: position(*error.marker()), detail: error.info().to_owned() }
}
