//! Turns AWS's markdown into one line of rustdoc that raises no warning.

/// Abbreviations after which a sentence goes on.
const ABBREVIATIONS: [&str; 9] = ["e.g.", "i.e.", "etc.", "vs.", "no.", "ex.", "incl.", "approx.", "u.s."];

const HTML: [&str; 22] = [
    "a",
    "b",
    "br",
    "code",
    "dd",
    "div",
    "dl",
    "dt",
    "em",
    "i",
    "important",
    "li",
    "note",
    "ol",
    "p",
    "pre",
    "span",
    "strong",
    "sup",
    "td",
    "ul",
    "var",
];

/// The first sentence of a text as rustdoc reads it, or nothing if there is none.
pub fn first_sentence(markdown: &str) -> Option<String> {
    plain_sentence(markdown).map(|sentence| escape(&sentence))
}

/// The first sentence of a text as a terminal shows it, or nothing if there is none.
pub fn plain_sentence(markdown: &str) -> Option<String> {
    let paragraph = markdown.split("\n\n").map(paragraph).find(|text| !text.is_empty())?;
    let mut text = without_links(&without_html(&paragraph));
    if text.matches('`').count() % 2 == 1 {
        text = one_line(&text.replace('`', ""));
    }
    let text = sentence(text.trim());
    let text = text.trim_end_matches([':', ',', ';', ' ']);
    if text.is_empty() {
        return None;
    }
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    Some(format!("{text}{end}"))
}

/// A paragraph on one line, without the mark of a quote, a heading or a list item.
fn paragraph(text: &str) -> String {
    let text = one_line(text).replace(" > ", " ");
    text.trim_start_matches(['>', '#', '*', '-', '+', ' ']).trim().to_owned()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn without_html(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        out.push_str(&rest[..open]);
        rest = &rest[open..];
        let Some(close) = rest.find('>') else { break };
        let tag = rest[1..close].trim_matches('/');
        let name = tag.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        match name.as_str() {
            "code" => out.push('`'),
            name if HTML.contains(&name) => (),
            _ => out.push_str(&rest[..=close]),
        }
        rest = &rest[close + 1..];
    }
    out + rest
}

/// `[text](address)` reads `text`.
fn without_links(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(middle) = rest.find("](") {
        let (Some(open), Some(close)) = (rest[..middle].rfind('['), rest[middle..].find(')')) else { break };
        out.push_str(rest[..open].trim_end_matches('!'));
        out.push_str(&rest[open + 1..middle]);
        rest = &rest[middle + close + 1..];
        if rest.starts_with(" .") {
            rest = &rest[1..];
        }
    }
    out + rest
}

/// Up to the first full stop that ends a sentence: outside code, before a space and what begins a sentence.
fn sentence(text: &str) -> &str {
    let mut code = false;
    for (at, c) in text.char_indices() {
        match c {
            '`' => code = !code,
            '.' | '!' | '?' if !code => {
                let (head, tail) = text.split_at(at + 1);
                let starts = tail.strip_prefix(' ').and_then(|tail| tail.chars().next());
                let last = head.rsplit([' ', '(']).next().unwrap_or_default().to_ascii_lowercase();
                if starts.is_some_and(|c| !c.is_lowercase()) && !ABBREVIATIONS.contains(&last.as_str()) {
                    return head;
                }
            }
            _ => (),
        }
    }
    text
}

/// Escapes what rustdoc would read as a tag or a link, outside code; makes bare addresses links.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for (i, part) in text.split('`').enumerate() {
        if i > 0 {
            out.push('`');
        }
        if i % 2 == 1 {
            out.push_str(part);
            continue;
        }
        for (j, word) in part.split(' ').enumerate() {
            if j > 0 {
                out.push(' ');
            }
            push_word(word, &mut out);
        }
    }
    let digits = out.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 && out[digits..].starts_with(['.', ')']) {
        out.insert(digits, '\\');
    }
    out
}

fn push_word(word: &str, out: &mut String) {
    if let Some(at) = word.find("http://").or_else(|| word.find("https://")) {
        let address = word[at..].trim_end_matches(['.', ',', ')', '>', ';', ']', '"', '\'']);
        if !address.contains(['<', '[', '{', '*']) {
            out.push_str(&word[..at].replace(['<', '[', '*'], ""));
            out.extend(["<", address, ">"]);
            out.push_str(&word[at + address.len()..].replace(['>', ']'], ""));
            return;
        }
        out.extend(["`", word, "`"]);
        return;
    }
    for c in word.chars() {
        if matches!(c, '<' | '>' | '[' | ']') {
            out.push('\\');
        }
        out.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences() {
        let table = [
            ("The name. It is unique.", "The name."),
            ("The ARN of the [load balancer](https://a.b/c_d(e.html) .\n\nMore.", "The ARN of the load balancer."),
            ("> Deprecated. Use `X`.", "Deprecated."),
            ("Use e.g. `a. B` or [x]. Next", "Use e.g. `a. B` or \\[x\\]."),
            ("<p>A <code>b</code> for <name></p>", "A `b` for \\<name\\>."),
            ("See https://example.com/x. More", "See <https://example.com/x>."),
            ("One of:\n\n- a", "One of."),
            ("an odd ` tick", "an odd tick."),
            ("2. of two", "2\\. of two."),
            ("Version 1.2 of all", "Version 1.2 of all."),
        ];
        for (text, expected) in table {
            assert_eq!(first_sentence(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(first_sentence(" \n\n "), None);
    }
}
