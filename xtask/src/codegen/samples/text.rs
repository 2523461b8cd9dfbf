//! Texts that match a pattern, as short as its schema allows.

use std::ops::RangeInclusive;

use regex_syntax::hir::{Class, Hir, HirKind, Repetition};
use regress::Regex;

/// Texts for patterns that look ahead or behind: one of them does.
const KNOWN: [&str; 8] = [
    "aa",
    "aaa",
    "Aa1-aaaa",
    "$",
    "PT1H",
    "2026-01-01T00:00:00Z",
    "arn:aws:fsx:us-east-1:111111111111:snapshot/a",
    "aaaaaaaa",
];

/// A text of a length within the range; another for another `seed`. The shortest one that is not empty, if it may be.
pub fn text(pattern: Option<&str>, length: &RangeInclusive<usize>, seed: usize) -> String {
    let want = (*length.start()).max(1).min(*length.end());
    let Some(pattern) = pattern else { return plain(want.max(digits(seed).min(*length.end())), seed) };
    let written = parsed(pattern).map(|hir| {
        let mut writer = Writer { out: String::new(), seed };
        writer.write(&hir, want + if length.end() > &want { seed } else { 0 });
        writer.out
    });
    let written = written.unwrap_or_else(|| plain(want, seed));
    let fits = |text: &str| length.contains(&text.chars().count());
    let is_whole = pattern.starts_with('^') && pattern.ends_with('$') && !has_lookaround(pattern);
    if is_whole && fits(&written) {
        return written;
    }
    let padded = written.clone() + &plain(want.saturating_sub(written.chars().count()), seed);
    let others = KNOWN.into_iter().map(str::to_owned);
    let mut all = [padded.clone(), written].into_iter().chain(others).filter(|text| fits(text));
    all.find(|text| matches(pattern, text)).unwrap_or(padded)
}

/// A text that matches several patterns, one of which says more than the others.
pub fn text_of_all(patterns: &[&str], length: &RangeInclusive<usize>, seed: usize) -> String {
    let each = |seed| patterns.iter().rev().map(move |pattern| text(Some(pattern), length, seed));
    let texts: Vec<String> = (seed..seed + 4).flat_map(each).collect();
    let fitting = texts.iter().find(|text| patterns.iter().all(|pattern| matches(pattern, text)));
    fitting.unwrap_or(&texts[0]).clone()
}

fn matches(pattern: &str, text: &str) -> bool {
    Regex::with_flags(pattern, "u").or_else(|_| Regex::new(pattern)).is_ok_and(|regex| regex.find(text).is_some())
}

/// `a`, `aa`; `b`, `ba` for another seed.
fn plain(length: usize, seed: usize) -> String {
    let mut seed = seed;
    let mut next = || {
        let letter = b'a' + u8::try_from(seed % 26).expect("a remainder of 26 is small");
        seed /= 26;
        char::from(letter)
    };
    (0..length).map(|_| next()).collect()
}

fn digits(seed: usize) -> usize {
    if seed == 0 { 1 } else { seed.ilog(26) as usize + 1 }
}

/// The pattern without what it looks ahead or behind for, which the schema's own reader of patterns checks.
fn parsed(pattern: &str) -> Option<Hir> {
    let pattern = without_lookaround(pattern).replace("\\/", "/").replace("\\-", "\\x2d").replace("\\_", "_");
    regex_syntax::Parser::new().parse(&pattern).ok()
}

const LOOKAROUND: [&str; 4] = ["(?!", "(?=", "(?<!", "(?<="];

fn has_lookaround(pattern: &str) -> bool {
    LOOKAROUND.iter().any(|start| pattern.contains(start))
}

fn without_lookaround(pattern: &str) -> String {
    let mut out = String::new();
    let mut rest = pattern;
    loop {
        let starts = LOOKAROUND.iter().filter_map(|start| rest.find(start)).min();
        let Some(start) = starts else { return out + rest };
        out.push_str(&rest[..start]);
        rest = &rest[start + group_length(&rest[start..])..];
    }
}

/// The length of the group that the text begins with.
fn group_length(text: &str) -> usize {
    let (mut depth, mut class, mut escaped) = (0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => class = true,
            ']' => class = false,
            '(' if !class => depth += 1,
            ')' if !class => depth -= 1,
            _ => (),
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

struct Writer {
    out: String,
    seed: usize,
}

impl Writer {
    /// Writes a text of at least `want` characters, if the expression has one.
    fn write(&mut self, hir: &Hir, want: usize) {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => (),
            HirKind::Literal(literal) => self.out.push_str(&String::from_utf8_lossy(&literal.0)),
            HirKind::Class(class) => self.out.push(chosen(class, self.seed)),
            HirKind::Capture(capture) => self.write(&capture.sub, want),
            HirKind::Repetition(repetition) => self.repeat(repetition, want),
            HirKind::Concat(parts) => self.concat(parts, want),
            HirKind::Alternation(arms) => {
                let fits = |arm: &&Hir| most(arm).is_none_or(|most| most >= want);
                let fitting: Vec<&Hir> = arms.iter().filter(fits).collect();
                let arm = if fitting.is_empty() { arms.last() } else { Some(fitting[self.seed % fitting.len()]) };
                self.write(arm.expect("an alternation has arms"), want);
            }
        }
    }

    fn repeat(&mut self, repetition: &Repetition, want: usize) {
        let (inner, limit) = (&*repetition.sub, repetition.max.map_or(usize::MAX, |max| max as usize));
        let each = most(inner).unwrap_or(usize::MAX).max(1);
        let needed = if want == 0 { 0 } else { want.div_ceil(each.min(want)) };
        let times = needed.max(repetition.min as usize).min(limit);
        for index in 0..times {
            let left = want.saturating_sub(least(inner) * (times - 1 - index));
            let begun = self.out.chars().count();
            self.write(inner, left.div_ceil(times - index).min(left));
            let written = self.out.chars().count() - begun;
            if written == 0 && index + 1 >= repetition.min as usize {
                return;
            }
        }
    }

    fn concat(&mut self, parts: &[Hir], want: usize) {
        let total: usize = parts.iter().map(least).sum();
        let mut extra = want.saturating_sub(total);
        for part in parts {
            let begun = self.out.chars().count();
            let room = most(part).map_or(extra, |most| extra.min(most - least(part)));
            self.write(part, least(part) + room);
            let written = self.out.chars().count() - begun;
            extra -= written.saturating_sub(least(part)).min(extra);
        }
    }
}

/// A letter, a digit or `-` of the class where it has one: whatever else it may be, it is printable.
fn chosen(class: &Class, seed: usize) -> char {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class.ranges().iter().map(|range| (range.start(), range.end())).collect(),
        Class::Bytes(class) => class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect(),
    };
    let has = |c: &char| ranges.iter().any(|(start, end)| (*start..=*end).contains(c));
    let usual: Vec<char> = ('a'..='z').chain('A'..='Z').chain('1'..='9').chain(['0', '-']).filter(has).collect();
    if usual.is_empty() { ranges.first().map_or('a', |(start, _)| *start) } else { usual[seed % usual.len()] }
}

fn least(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 0,
        HirKind::Literal(literal) => String::from_utf8_lossy(&literal.0).chars().count(),
        HirKind::Class(_) => 1,
        HirKind::Capture(capture) => least(&capture.sub),
        HirKind::Repetition(repetition) => least(&repetition.sub) * repetition.min as usize,
        HirKind::Concat(parts) => parts.iter().map(least).sum(),
        HirKind::Alternation(arms) => arms.iter().map(least).min().unwrap_or(0),
    }
}

fn most(hir: &Hir) -> Option<usize> {
    match hir.kind() {
        HirKind::Repetition(repetition) => Some(most(&repetition.sub)? * repetition.max? as usize),
        HirKind::Capture(capture) => most(&capture.sub),
        HirKind::Concat(parts) => parts.iter().map(most).sum(),
        HirKind::Alternation(arms) => {
            arms.iter().map(most).collect::<Option<Vec<_>>>().map(|all| all.into_iter().max().unwrap_or(0))
        }
        _ => Some(least(hir)),
    }
}

#[test]
fn texts_match_and_have_the_length() {
    let table = [
        (None, 0..=9, 0, "a"),
        (None, 3..=9, 1, "baa"),
        (None, 0..=0, 0, ""),
        (Some("^[a-z]+$"), 0..=9, 0, "a"),
        (Some("^[a-z]+$"), 3..=9, 0, "aaa"),
        (Some("^[a-z]{2,}$"), 0..=9, 1, "bb"),
        (Some("^arn:aws[a-z-]*:s3:::.+$"), 20..=99, 0, "arn:awsaaaaaa:s3:::a"),
        (Some("^(|x{4})$"), 1..=9, 0, "xxxx"),
        (Some("^(?!aws)[a-z]{3}$"), 0..=9, 0, "aaa"),
        (Some(r"^\d{12}$"), 0..=99, 0, "111111111111"),
        (Some("a|b"), 0..=9, 1, "b"),
        (Some(r"\S"), 3..=9, 0, "aaa"),
        (Some("^(?!aws:.*)"), 1..=9, 0, "a"),
        (Some(r".*\{####\}.*"), 6..=140, 0, "{####}"),
        (Some(r"^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)\S{8,64}$"), 8..=64, 0, "Aa1-aaaa"),
    ];
    for (pattern, length, seed, expected) in table {
        assert_eq!(text(pattern, &length, seed), expected, "{pattern:?} {length:?} {seed}");
    }
}
