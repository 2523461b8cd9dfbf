//! Text on a terminal: its width, cut to fit, without control characters. A line that wraps cannot be overwritten.

use unicode_width::UnicodeWidthChar;

/// The number of columns of a text; colours take none.
pub(crate) fn columns(text: &str) -> usize {
    pieces(text).map(|piece| if piece.is_colour { 0 } else { wide(piece.letter) }).sum()
}

/// The text, cut to `width` columns with an ellipsis. Colour sequences are kept.
pub(crate) fn fit(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut short = String::with_capacity(text.len());
    let mut taken = 0;
    let mut is_full = false;
    for piece in pieces(text) {
        if piece.is_colour {
            short.push(piece.letter);
        } else if !is_full && taken + wide(piece.letter) < width {
            taken += wide(piece.letter);
            short.push(piece.letter);
        } else if !is_full {
            is_full = true;
            if width > 0 {
                short.push('…');
            }
        }
    }
    short
}

/// A piece of text from outside this program, on one line and without colours.
pub(crate) fn harmless(text: &str) -> String {
    clean(text, &[]).replace(['\n', '\t'], " ").trim_end().to_owned()
}

/// A message for a terminal or a log: without control characters, text that changes the direction of writing, sequences
/// other than `colours`, and commands to the service that runs CI. Lines and tabs stay.
pub(crate) fn printable(text: &str, colours: &[&str]) -> String {
    let clean = clean(text, colours);
    let lines = clean.split('\n').map(without_command);
    lines.collect::<Vec<_>>().join("\n")
}

fn clean(text: &str, colours: &[&str]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if !matches!(letter, '\x1b' | '\u{9b}') {
            out.extend(Some(letter).filter(|it| is_visible(*it)));
            rest = &rest[letter.len_utf8()..];
        } else if let Some(colour) = colours.iter().find(|colour| rest.starts_with(**colour)) {
            out += colour;
            rest = &rest[colour.len()..];
        } else {
            let sequence: usize = pieces(rest)
                .enumerate()
                .take_while(|(at, it)| it.is_colour && (*at == 0 || it.letter != '\x1b'))
                .map(|(_, it)| it.letter.len_utf8())
                .sum();
            rest = &rest[sequence..];
        }
    }
    out
}

/// Not a control character, an override of the writing direction, an invisible tag, or a line break other than `\n`.
fn is_visible(letter: char) -> bool {
    let is_direction =
        matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_tag = matches!(letter, '\u{e0000}'..='\u{e007f}');
    let is_break = matches!(letter, '\u{2028}' | '\u{2029}');
    matches!(letter, '\n' | '\t') || !(letter.is_control() || is_direction || is_tag || is_break)
}

/// What begins a command to GitHub, Azure or TeamCity, anywhere in a line, and what stands for it.
const COMMANDS: [(&str, &str); 3] = [("##[", "# #["), ("##vso[", "# #vso["), ("##teamcity[", "# #teamcity[")];

/// A line that GitHub, Azure and TeamCity do not take as a command: `::error::`, `##[error]`, `##vso[..]`.
fn without_command(line: &str) -> String {
    let mut line = line.to_owned();
    if line.trim_start().starts_with("::") {
        line = line.replacen("::", ": :", 1);
    }
    for (command, text) in COMMANDS {
        line = line.replace(command, text);
    }
    line
}

/// JSON as a log may have it: what [`printable`] removes is written as an escape, which is the same JSON. Other text is
/// returned as it is.
pub(crate) fn printable_json(text: &str) -> String {
    let is_hostile = |letter: char| !is_visible(letter) || letter == '\x7f';
    let has_command = COMMANDS.iter().any(|(command, _)| text.contains(command));
    if !(has_command || text.contains(is_hostile)) || serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_hostile(letter) {
            out.extend(letter.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            out.push(letter);
        }
    }
    for (command, _) in COMMANDS {
        out = out.replace(command, &command.replacen("##", "#\\u0023", 1));
    }
    out
}

struct Piece {
    letter: char,
    /// Whether it is part of an escape sequence.
    is_colour: bool,
}

fn pieces(text: &str) -> impl Iterator<Item = Piece> {
    enum At {
        Text,
        Escape,
        Sequence,
        /// A title, a link or another text for the terminal, up to its end or that of the line.
        Title,
    }
    let mut at = At::Text;
    text.chars().map(move |letter| {
        let next = match (&at, letter) {
            (At::Text | At::Title, '\x1b') => At::Escape,
            (At::Escape, '[') | (At::Text, '\u{9b}') => At::Sequence,
            (At::Escape, ']' | 'P' | 'X' | '^' | '_') => At::Title,
            (At::Title, letter) if !matches!(letter, '\x07' | '\u{9c}' | '\n') => At::Title,
            (At::Sequence, letter) if !('\x40'..='\x7e').contains(&letter) => At::Sequence,
            _ => At::Text,
        };
        let is_end_of_line = matches!((&at, letter), (At::Title, '\n'));
        let is_colour = !matches!((&at, &next), (At::Text, At::Text)) && !is_end_of_line;
        at = next;
        Piece { letter, is_colour }
    })
}

fn wide(letter: char) -> usize {
    letter.width().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_to_the_width() {
        let cases = [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("\x1b[31mabcd\x1b[0m", 3, "\x1b[31mab…\x1b[0m"),
            ("日本語", 4, "日…"),
            ("✅ ok", 4, "✅ …"),
            ("🪡 ok", 3, "🪡…"),
            ("abc", 1, "…"),
            ("abc", 0, ""),
        ];
        for (text, width, expected) in cases {
            assert_eq!(fit(text, width), expected, "{text:?} in {width}");
            assert!(columns(&fit(text, width)) <= width.max(1), "{text:?} in {width}");
        }
    }

    #[test]
    fn text_has_the_width_that_terminals_give_it() {
        for (text, width) in
            [("✅", 2), ("⌚", 2), ("🪡", 2), ("🚀", 2), ("日", 2), ("é", 1), ("e\u{301}", 1), ("→", 1)]
        {
            assert_eq!(columns(text), width, "{text}");
        }
    }

    #[test]
    fn text_from_outside_neither_moves_the_cursor_nor_commands_ci() {
        let cases = [
            ("a\x1b[2Jb", "ab"),
            ("a\rb\tc\n", "ab\tc\n"),
            ("\x1b[31mred\x1b[0m \x1b[35mpink\x1b[7m", "\x1b[31mred\x1b[0m pink"),
            ("\x1b]0;title\x07 text \x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\", " text link"),
            ("\x1b]0;no end\nnext", "\nnext"),
            ("\x1b\x1b[2Jx\x1b", "x"),
            ("\u{9b}31mOK", "OK"),
            ("a\u{202e}gnp.exe\u{2066}", "agnp.exe"),
            ("a\u{2028}b\u{e0041}", "ab"),
            ("x\n  ::stop-commands::tok\ny", "x\n  : :stop-commands::tok\ny"),
            ("::error::x", ": :error::x"),
            ("a ##[error]x ##vso[task.setvariable]y", "a # #[error]x # #vso[task.setvariable]y"),
            ("x ##teamcity[y]", "x # #teamcity[y]"),
            ("\u{200e}::error::x", ": :error::x"),
            ("AWS::ECS::Service ## title", "AWS::ECS::Service ## title"),
            ("Größe 日本 ✅ e\u{301}", "Größe 日本 ✅ e\u{301}"),
        ];
        for (text, expected) in cases {
            assert_eq!(printable(text, &["\x1b[31m", "\x1b[0m"]), expected, "{text:?}");
        }
        assert_eq!(harmless("a\rb\tc\n\x1b[31md\x1b[0m"), "ab c d");
    }

    #[test]
    fn json_stays_the_same_json() {
        let hostile = "a\u{9b}31m\u{202e}\u{e0041}\u{7f} ##[error]x ##vso[y] ##teamcity[z] ::error:: ## é";
        let json = serde_json::json!({"k": [hostile, 1], hostile: null}).to_string();
        let printed = printable_json(&json);
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&printed).unwrap(),
            serde_json::from_str::<serde_json::Value>(&json).unwrap()
        );
        assert_eq!(printable(&printed, &[]), printed);
        for text in ["##[error] no JSON", "{\"a\": \u{202e}", "{\"a\": \"é日\"}"] {
            assert_eq!(printable_json(text), text);
        }
    }
}
