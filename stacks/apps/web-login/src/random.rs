//! Random ids: of sessions, and of browsers that are signing in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// 256 random bits, as letters, digits, `-` and `_`. Without random numbers there is no sign-in.
pub fn id() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Whether text has the form of such an id: other values in a cookie are not used.
pub fn is_id(text: &str) -> bool {
    text.len() == 43 && URL_SAFE_NO_PAD.decode(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{id, is_id};

    #[test]
    fn ids_differ_and_are_recognized() {
        let (one, other) = (id().unwrap(), id().unwrap());
        assert!(one != other && is_id(&one) && is_id(&other));
        for not in ["", "abc", &"a".repeat(44), &"=".repeat(43)] {
            assert!(!is_id(not), "{not}");
        }
    }
}
