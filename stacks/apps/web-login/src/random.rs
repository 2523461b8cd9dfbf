//! Names that nobody guesses: of sessions, and of browsers that are signing in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// 256 bits, as letters, digits, `-` and `_`. Without random numbers there is no sign-in.
pub fn name() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Whether text could be such a name: others are not kept for a browser that brings them.
pub fn is_name(text: &str) -> bool {
    text.len() == 43 && URL_SAFE_NO_PAD.decode(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{is_name, name};

    #[test]
    fn names_differ_and_are_known_as_such() {
        let (one, other) = (name().unwrap(), name().unwrap());
        assert!(one != other && is_name(&one) && is_name(&other));
        for not in ["", "abc", &"a".repeat(44), &"=".repeat(43)] {
            assert!(!is_name(not), "{not}");
        }
    }
}
