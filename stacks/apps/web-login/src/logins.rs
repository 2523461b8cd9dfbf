//! Sign-ins that were begun: each is answered once, by the browser that began it, within ten minutes.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use purlin_auth::{ExposeSecret as _, PendingLogin};

/// How long users have on the sign-in pages.
pub const PATIENCE: Duration = Duration::from_mins(10);
/// Whoever begins more sign-ins than anybody could answer pushes out old ones, not the server.
const MOST: usize = if cfg!(test) { 100 } else { 10_000 };

/// Sign-ins under way, by their `state`.
#[derive(Debug, Default)]
pub struct Logins(Mutex<BTreeMap<String, Begun>>);

#[derive(Debug)]
struct Begun {
    browser: String,
    login: PendingLogin,
    at: Instant,
}

impl Logins {
    /// Keeps a sign-in of a browser.
    pub fn begin(&self, browser: String, login: PendingLogin) {
        let mut all = self.all();
        all.retain(|_, begun| begun.at.elapsed() < PATIENCE);
        while all.len() >= MOST {
            let oldest = all.iter().min_by_key(|(_, begun)| begun.at).map(|(state, _)| state.clone());
            oldest.and_then(|state| all.remove(&state));
        }
        let state = login.state().expose_secret().to_owned();
        all.insert(state, Begun { browser, login, at: Instant::now() });
    }

    /// Takes a sign-in away, so that its answer is not used twice. Another browser's stays where it is.
    pub fn take(&self, state: &str, browser: &str) -> Option<PendingLogin> {
        let mut all = self.all();
        all.retain(|_, begun| begun.at.elapsed() < PATIENCE);
        if all.get(state)?.browser != browser {
            return None;
        }
        all.remove(state).map(|begun| begun.login)
    }

    /// A panic elsewhere leaves them as good as they were.
    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Begun>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use purlin_auth::PendingLogin;

    use super::{Logins, MOST};

    fn login(state: &str) -> PendingLogin {
        PendingLogin::restore(state.into(), "nonce".into(), "verifier".into(), "http://localhost/callback")
    }

    #[test]
    fn a_sign_in_is_answered_once_by_its_browser() {
        let logins = Logins::default();
        logins.begin("firefox".into(), login("a"));
        assert!(logins.take("b", "firefox").is_none());
        assert!(logins.take("a", "chromium").is_none());
        assert!(logins.take("a", "firefox").is_some());
        assert!(logins.take("a", "firefox").is_none());
    }

    #[test]
    fn a_browser_may_begin_several() {
        let logins = Logins::default();
        logins.begin("firefox".into(), login("a"));
        logins.begin("firefox".into(), login("b"));
        assert!(logins.take("a", "firefox").is_some() && logins.take("b", "firefox").is_some());
    }

    #[test]
    fn old_ones_make_room() {
        let logins = Logins::default();
        for at in 0..MOST {
            logins.begin("firefox".into(), login(&format!("{at:05}")));
        }
        logins.begin("firefox".into(), login("new"));
        assert!(logins.take("00000", "firefox").is_none());
        assert!(logins.take("00001", "firefox").is_some() && logins.take("new", "firefox").is_some());
    }
}
