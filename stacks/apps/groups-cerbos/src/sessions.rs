//! Sessions by their cookies, and logins in progress. Both are in the memory of the one task, and end with it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use purlin_auth::{ExposeSecret as _, PendingLogin};
use uuid::Uuid;

use crate::caller::Caller;

/// A session ends after this time at the latest, whatever the ID token says. Cognito's are valid for a day at most.
pub const MAX_AGE: Duration = Duration::from_hours(24);
/// How long a login may take.
pub const LOGIN_TIME: Duration = Duration::from_mins(10);
/// The most sessions, and the most logins. Beyond it the oldest are removed.
const CAPACITY: usize = 10_000;

/// Sessions and logins. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Sessions(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    sessions: BTreeMap<String, Session>,
    logins: BTreeMap<String, (Instant, PendingLogin)>,
}

#[derive(Debug)]
struct Session {
    caller: Caller,
    began: Instant,
    ends: u64,
}

impl Session {
    fn is_over(&self) -> bool {
        self.began.elapsed() >= MAX_AGE || now() >= self.ends
    }
}

impl Sessions {
    /// Begins a session that ends at this time, in seconds since 1970. Returns the value of its cookie.
    pub fn begin(&self, caller: Caller, ends: u64) -> String {
        let mut state = self.state();
        state.sessions.retain(|_, session| !session.is_over());
        remove_oldest(&mut state.sessions, |session| session.began);
        let id = Uuid::new_v4().simple().to_string();
        state.sessions.insert(id.clone(), Session { caller, began: Instant::now(), ends });
        id
    }

    /// The caller of the session of a cookie.
    pub fn caller(&self, id: &str) -> Option<Caller> {
        let state = self.state();
        let session = state.sessions.get(id)?;
        (!session.is_over()).then(|| session.caller.clone())
    }

    /// Ends a session.
    pub fn end(&self, id: &str) {
        self.state().sessions.remove(id);
    }

    /// Stores a login until its browser returns. Returns the value of the browser's cookie.
    pub fn add_login(&self, login: PendingLogin) -> String {
        let id = login.state().expose_secret().to_owned();
        let logins = &mut self.state().logins;
        logins.retain(|_, (began, _)| began.elapsed() < LOGIN_TIME);
        remove_oldest(logins, |(began, _)| *began);
        logins.insert(id.clone(), (Instant::now(), login));
        id
    }

    /// Removes and returns the login of this state.
    pub fn take_login(&self, state: &str) -> Option<PendingLogin> {
        let (began, login) = self.state().logins.remove(state)?;
        (began.elapsed() < LOGIN_TIME).then_some(login)
    }

    /// A panic elsewhere leaves the maps intact.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn remove_oldest<T>(map: &mut BTreeMap<String, T>, began: impl Fn(&T) -> Instant) {
    if map.len() < CAPACITY {
        return;
    }
    let oldest = map.iter().min_by_key(|(_, value)| began(value)).map(|(id, _)| id.clone());
    if let Some(id) = oldest {
        map.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::{Sessions, now};
    use crate::caller::Caller;

    #[test]
    fn a_session_has_its_cookie_until_it_ends() {
        let (sessions, ada) = (Sessions::default(), Caller { id: "1".into(), name: "ada".into(), roles: Vec::new() });
        let cookies = [now() + 60, u64::from(u32::MAX), u64::MAX].map(|ends| sessions.begin(ada.clone(), ends));
        for (number, cookie) in cookies.iter().enumerate() {
            assert_eq!(sessions.caller(cookie), Some(ada.clone()), "{number}");
        }
        assert!(cookies[0] != cookies[1]);
        sessions.end(&cookies[0]);
        assert_eq!((sessions.caller(&cookies[0]), sessions.caller(&cookies[2])), (None, Some(ada.clone())));
        for ends in [0, now() - 1, now()] {
            let over = sessions.begin(ada.clone(), ends);
            assert_eq!(sessions.caller(&over), None, "{ends}");
        }
    }
}
