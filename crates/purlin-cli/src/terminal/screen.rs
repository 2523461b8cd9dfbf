//! The lines at the bottom of a terminal that change, and the text that redraws them. Pure, so that it
//! can be tested without a terminal.

use std::fmt::Write;

use crate::view::columns::columns;

/// Begins and ends an update that terminals which know it show at once.
const AT_ONCE: (&str, &str) = ("\x1b[?2026h", "\x1b[?2026l");

/// What is drawn.
#[derive(Debug, Default)]
pub(crate) struct Screen {
    drawn: Vec<String>,
    /// A question is open, so nothing may be drawn.
    pub(super) is_asking: bool,
    /// What was said meanwhile.
    pub(super) held: Vec<String>,
}

impl Screen {
    /// What draws these lines over the last ones; nothing where they are the same.
    pub(super) fn next(&mut self, lines: Vec<String>, room: (usize, usize)) -> String {
        if lines == self.drawn {
            return String::new();
        }
        let frame = self.frame("", &lines, room);
        self.drawn = lines;
        frame
    }

    /// What writes a text above the lines, where it stays.
    pub(super) fn above(&self, text: &str, room: (usize, usize)) -> String {
        if self.drawn.is_empty() {
            return format!("{text}\n");
        }
        self.frame(text, &self.drawn, room)
    }

    /// What takes the lines away.
    pub(super) fn cleared(&mut self, room: (usize, usize)) -> String {
        self.next(Vec::new(), room)
    }

    /// Lines are overwritten from the top and what is left of the old ones is cleared, so nothing flickers.
    fn frame(&self, above: &str, lines: &[String], room: (usize, usize)) -> String {
        let mut frame = String::from(AT_ONCE.0);
        let up = self.rows(room);
        if up > 0 {
            let _ = write!(frame, "\r\x1b[{up}A");
        }
        let texts = above.lines().chain(lines.iter().map(String::as_str));
        for line in texts {
            let _ = writeln!(frame, "{line}\x1b[K");
        }
        frame.push_str("\x1b[J");
        frame.push_str(AT_ONCE.1);
        frame
    }

    /// The rows that the lines take by now: a window that became narrower has wrapped them.
    fn rows(&self, (width, height): (usize, usize)) -> usize {
        let rows = self.drawn.iter().map(|line| columns(line).div_ceil(width.max(1)).max(1)).sum::<usize>();
        rows.min(height.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: (usize, usize) = (40, 10);

    fn lines(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn without_marks(frame: &str) -> String {
        frame.replace(AT_ONCE.0, "").replace(AT_ONCE.1, "")
    }

    #[test]
    fn lines_are_written_over() {
        let mut screen = Screen::default();
        assert_eq!(without_marks(&screen.next(lines(&["a", "b"]), ROOM)), "a\x1b[K\nb\x1b[K\n\x1b[J");
        assert_eq!(screen.next(lines(&["a", "b"]), ROOM), "", "nothing changed");
        assert_eq!(without_marks(&screen.next(lines(&["c"]), ROOM)), "\r\x1b[2Ac\x1b[K\n\x1b[J");
        assert_eq!(without_marks(&screen.above("said", ROOM)), "\r\x1b[1Asaid\x1b[K\nc\x1b[K\n\x1b[J");
        assert_eq!(without_marks(&screen.cleared(ROOM)), "\r\x1b[1A\x1b[J");
        assert_eq!(screen.cleared(ROOM), "");
        assert_eq!(screen.above("said", ROOM), "said\n");
    }

    #[test]
    fn a_narrower_window_has_wrapped_what_was_drawn() {
        let mut screen = Screen::default();
        screen.next(lines(&["0123456789", "\x1b[1m012\x1b[0m", ""]), (40, 10));
        for (room, up) in [((40, 10), 3), ((10, 10), 3), ((5, 10), 4), ((4, 10), 5), ((1, 10), 9), ((40, 3), 2)] {
            assert!(screen.above("x", room).contains(&format!("\x1b[{up}A")), "{room:?}");
        }
    }
}
