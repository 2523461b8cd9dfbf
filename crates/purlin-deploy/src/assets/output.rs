//! Reads a program's output and keeps its last lines: image builders print much, and the reason comes last.

use std::collections::VecDeque;

use tokio::io::{AsyncRead, AsyncReadExt};

/// Number of last lines that are kept.
const LINES: usize = 20;

/// Maximum length of a line; longer lines are progress bars or data.
const LINE: usize = 500;

/// The output of a stream.
#[derive(Debug, Default)]
pub(super) struct Output {
    /// The beginning, up to the requested number of bytes.
    pub(super) start: String,
    /// The last lines.
    pub(super) end: String,
}

/// Reads a stream to its end, and keeps the first `keep` bytes and the last lines.
pub(super) async fn read(mut stream: impl AsyncRead + Unpin, keep: usize) -> Output {
    let (mut kept, mut line, mut buffer) = (Vec::new(), Vec::new(), vec![0; 8 << 10]);
    let mut tail = Tail::default();
    while let Ok(length @ 1..) = stream.read(&mut buffer).await {
        let read = &buffer[..length];
        kept.extend(read.iter().take(keep.saturating_sub(kept.len())));
        for byte in read {
            match byte {
                b'\n' | b'\r' => tail.push(&std::mem::take(&mut line)),
                byte if line.len() < LINE => line.push(*byte),
                _ => {}
            }
        }
    }
    tail.push(&line);
    let end: Vec<String> = tail.0.into();
    Output { start: String::from_utf8_lossy(&kept).into_owned(), end: end.join("\n") }
}

#[derive(Default)]
struct Tail(VecDeque<String>);

impl Tail {
    fn push(&mut self, line: &[u8]) {
        let line: String = String::from_utf8_lossy(line).chars().filter(|it| *it == '\t' || !it.is_control()).collect();
        if line.trim().is_empty() {
            return;
        }
        if self.0.len() == LINES {
            self.0.pop_front();
        }
        self.0.push_back(line.trim_end().to_owned());
    }
}

/// The last lines of a text.
pub(super) fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_beginning_and_the_last_lines_are_kept() {
        let lines = |range: std::ops::RangeInclusive<u32>| range.map(|it| format!("line {it}")).collect::<Vec<_>>();
        let text = lines(1..=30).join("\n\n");
        let output = read(text.as_bytes(), 6).await;
        assert_eq!((output.start.as_str(), output.end), ("line 1", lines(11..=30).join("\n")));
        assert_eq!(last_lines(&text), lines(11..=30).join("\n"));
        let long = read("\u{1b}x".repeat(1000).as_bytes(), 0).await;
        assert!(long.start.is_empty() && long.end.starts_with("xx") && long.end.len() < LINE, "{long:?}");
    }
}
