//! Sign-ins in progress: each can be finished once, by the browser that began it, within ten minutes.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use purlin_auth::{ExposeSecret as _, PendingLogin};

/// How long a sign-in may take.
pub const MAX_AGE: Duration = Duration::from_mins(10);
/// Beyond this number the oldest are dropped, so that a flood of sign-ins does not fill the memory.
const CAPACITY: usize = if cfg!(test) { 100 } else { 10_000 };

/// Sign-ins in progress, by their `state`.
#[derive(Debug, Default)]
pub struct Logins(Mutex<BTreeMap<String, Begun>>);

#[derive(Debug)]
struct Begun {
    browser: String,
    login: PendingLogin,
    at: Instant,
}

impl Logins {
    /// Stores a sign-in of a browser.
    pub fn begin(&self, browser: String, login: PendingLogin) {
        let mut all = self.all();
        all.retain(|_, begun| begun.at.elapsed() < MAX_AGE);
        while all.len() >= CAPACITY {
            let oldest = all.iter().min_by_key(|(_, begun)| begun.at).map(|(state, _)| state.clone());
            oldest.and_then(|state| all.remove(&state));
        }
        let state = login.state().expose_secret().to_owned();
        all.insert(state, Begun { browser, login, at: Instant::now() });
    }

    /// Removes and returns a sign-in, so that it is finished once. A sign-in of another browser stays.
    pub fn take(&self, state: &str, browser: &str) -> Option<PendingLogin> {
        let mut all = self.all();
        all.retain(|_, begun| begun.at.elapsed() < MAX_AGE);
        if all.get(state)?.browser != browser {
            return None;
        }
        all.remove(state).map(|begun| begun.login)
    }

    /// A panic elsewhere leaves the map intact.
    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Begun>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use purlin_auth::PendingLogin;

    use super::{CAPACITY, Logins};

    fn login(state: &str) -> PendingLogin {
        PendingLogin::restore(state.into(), "nonce".into(), "verifier".into(), "http://localhost/callback")
    }

    #[test]
    fn a_sign_in_is_finished_once_by_its_browser() {
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
    fn the_oldest_are_dropped() {
        let logins = Logins::default();
        for at in 0..CAPACITY {
            logins.begin("firefox".into(), login(&format!("{at:05}")));
        }
        logins.begin("firefox".into(), login("new"));
        assert!(logins.take("00000", "firefox").is_none());
        assert!(logins.take("00001", "firefox").is_some() && logins.take("new", "firefox").is_some());
    }
}
