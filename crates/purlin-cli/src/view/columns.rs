//! How much room text takes on a terminal. A line that wraps cannot be written over.

/// The columns a text takes; colours take none.
pub(crate) fn columns(text: &str) -> usize {
    pieces(text).map(|piece| if piece.is_colour { 0 } else { wide(piece.letter) }).sum()
}

/// As much of a text as fits, with what changes its colours; an ellipsis says that there is more.
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

/// Text of somebody else's without what would move the cursor or change colours.
pub(crate) fn harmless(text: &str) -> String {
    let visible = pieces(text).filter(|piece| !piece.is_colour).map(|piece| piece.letter);
    visible.map(|letter| if letter == '\t' { ' ' } else { letter }).filter(|letter| !letter.is_control()).collect()
}

struct Piece {
    letter: char,
    /// Whether it belongs to a sequence that only changes how the rest looks.
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

/// Letters of East Asia and pictures take two columns, marks on letters none.
fn wide(letter: char) -> usize {
    match letter as u32 {
        0..0x20 | 0x7f..0xa0 | 0x300..0x370 | 0x200b..0x2010 | 0xfe00..0xfe10 => 0,
        0x1100..0x1160
        | 0x2e80..0xa4d0
        | 0xac00..0xd7a4
        | 0xf900..0xfb00
        | 0xfe30..0xfe70
        | 0xff00..0xff61
        | 0x1f300..0x1f650
        | 0x1f680..0x1f700
        | 0x1f900..0x1fa00
        | 0x20000..0x3fffe => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_to_the_columns_it_has() {
        let cases = [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("\x1b[31mabcd\x1b[0m", 3, "\x1b[31mab…\x1b[0m"),
            ("日本語", 4, "日…"),
            ("abc", 1, "…"),
            ("abc", 0, ""),
        ];
        for (text, width, expected) in cases {
            assert_eq!(fit(text, width), expected, "{text:?} in {width}");
            assert!(columns(&fit(text, width)) <= width.max(1), "{text:?} in {width}");
        }
    }

    #[test]
    fn what_others_write_moves_no_cursor() {
        for (text, expected) in [("a\x1b[2Jb", "ab"), ("a\rb\tc\n", "ab c"), ("\x1b[31mred\x1b[0m", "red")] {
            assert_eq!(harmless(text), expected, "{text:?}");
        }
    }
}
