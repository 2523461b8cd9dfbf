//! Reads the head of a browser's request: bytes of any program of this machine.

/// The target of a GET request.
pub(super) fn target(head: &[u8]) -> Option<&str> {
    let head = str::from_utf8(head).ok()?;
    let mut words = head.lines().next()?.split(' ');
    (words.next()? == "GET").then(|| words.next())?
}
