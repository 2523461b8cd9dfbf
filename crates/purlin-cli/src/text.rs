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

/// Text from outside this program without control characters and colour sequences.
pub(crate) fn harmless(text: &str) -> String {
    let visible = pieces(text).filter(|piece| !piece.is_colour).map(|piece| piece.letter);
    visible.map(|letter| if letter == '\t' { ' ' } else { letter }).filter(|letter| !letter.is_control()).collect()
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
    }
    let mut at = At::Text;
    text.chars().map(move |letter| {
        let is_colour = !matches!(at, At::Text) || letter == '\x1b';
        at = match (&at, letter) {
            (At::Text, '\x1b') => At::Escape,
            (At::Escape, '[') => At::Sequence,
            (At::Sequence, letter) if !('\x40'..='\x7e').contains(&letter) => At::Sequence,
            _ => At::Text,
        };
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
    fn text_from_outside_moves_no_cursor() {
        for (text, expected) in [("a\x1b[2Jb", "ab"), ("a\rb\tc\n", "ab c"), ("\x1b[31mred\x1b[0m", "red")] {
            assert_eq!(harmless(text), expected, "{text:?}");
        }
    }
}
