//! The lines at the bottom of a terminal, and the text that redraws them. Pure functions, tested without a terminal.

use std::fmt::Write;
use std::io;

use crate::text::columns;

/// Begin and end of a synchronized update, which terminals that support it show without flicker.
const SYNCHRONIZED: (&str, &str) = ("\x1b[?2026h", "\x1b[?2026l");

/// The lines on the screen.
#[derive(Debug, Default)]
pub(crate) struct Screen {
    drawn: Vec<String>,
    /// A question is open: nothing is drawn.
    pub(super) is_asking: bool,
    /// Messages that are printed after the question.
    pub(super) held: Vec<String>,
    /// The first error of writing data.
    pub(super) lost: Option<io::Error>,
}

impl Screen {
    /// The text that draws these lines over the last ones; empty when they are equal.
    pub(super) fn next(&mut self, lines: Vec<String>, size: (usize, usize)) -> String {
        if lines == self.drawn {
            return String::new();
        }
        let frame = self.frame("", &lines, size);
        self.drawn = lines;
        frame
    }

    /// The text that prints a message above the lines.
    pub(super) fn above(&self, text: &str, size: (usize, usize)) -> String {
        if self.drawn.is_empty() {
            return format!("{text}\n");
        }
        self.frame(text, &self.drawn, size)
    }

    /// The text that removes the lines.
    pub(super) fn cleared(&mut self, size: (usize, usize)) -> String {
        self.next(Vec::new(), size)
    }

    /// Lines are overwritten from the top, and the rest of the old ones is cleared: no flicker.
    fn frame(&self, above: &str, lines: &[String], size: (usize, usize)) -> String {
        let mut frame = String::from(SYNCHRONIZED.0);
        let up = self.rows(size);
        if up > 0 {
            let _ = write!(frame, "\r\x1b[{up}A");
        }
        let texts = above.lines().chain(lines.iter().map(String::as_str));
        for line in texts {
            let _ = writeln!(frame, "{line}\x1b[K");
        }
        frame.push_str("\x1b[J");
        frame.push_str(SYNCHRONIZED.1);
        frame
    }

    /// The rows that the lines take: a window that became narrower wraps them.
    fn rows(&self, (width, height): (usize, usize)) -> usize {
        let rows = self.drawn.iter().map(|line| columns(line).div_ceil(width.max(1)).max(1)).sum::<usize>();
        rows.min(height.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: (usize, usize) = (40, 10);

    fn lines(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn without_marks(frame: &str) -> String {
        frame.replace(SYNCHRONIZED.0, "").replace(SYNCHRONIZED.1, "")
    }

    #[test]
    fn lines_are_overwritten() {
        let mut screen = Screen::default();
        assert_eq!(without_marks(&screen.next(lines(&["a", "b"]), SIZE)), "a\x1b[K\nb\x1b[K\n\x1b[J");
        assert_eq!(screen.next(lines(&["a", "b"]), SIZE), "", "nothing changed");
        assert_eq!(without_marks(&screen.next(lines(&["c"]), SIZE)), "\r\x1b[2Ac\x1b[K\n\x1b[J");
        assert_eq!(without_marks(&screen.above("text", SIZE)), "\r\x1b[1Atext\x1b[K\nc\x1b[K\n\x1b[J");
        assert_eq!(without_marks(&screen.cleared(SIZE)), "\r\x1b[1A\x1b[J");
        assert_eq!(screen.cleared(SIZE), "");
        assert_eq!(screen.above("text", SIZE), "text\n");
    }

    #[test]
    fn a_narrower_window_wraps_the_lines() {
        let mut screen = Screen::default();
        screen.next(lines(&["0123456789", "\x1b[1m012\x1b[0m", ""]), (40, 10));
        for (size, up) in [((40, 10), 3), ((10, 10), 3), ((5, 10), 4), ((4, 10), 5), ((1, 10), 9), ((40, 3), 2)] {
            assert!(screen.above("x", size).contains(&format!("\x1b[{up}A")), "{size:?}");
        }
    }
}
