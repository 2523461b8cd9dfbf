//! Sessions by their cookies, and logins in progress. Both are in the memory of the one task, and end with it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use purlin_auth::{ExposeSecret as _, PendingLogin};
use uuid::Uuid;

use crate::caller::Caller;

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
    ends: SystemTime,
}

impl Sessions {
    /// Begins a session that ends at this time, in seconds since 1970. Returns the value of its cookie.
    pub fn begin(&self, caller: Caller, ends: u64) -> String {
        let mut state = self.state();
        let now = SystemTime::now();
        state.sessions.retain(|_, session| session.ends > now);
        remove_oldest(&mut state.sessions, |session| session.began);
        let id = Uuid::new_v4().simple().to_string();
        let ends = UNIX_EPOCH + Duration::from_secs(ends);
        state.sessions.insert(id.clone(), Session { caller, began: Instant::now(), ends });
        id
    }

    /// The caller of the session of a cookie.
    pub fn caller(&self, id: &str) -> Option<Caller> {
        let state = self.state();
        let session = state.sessions.get(id)?;
        (session.ends > SystemTime::now()).then(|| session.caller.clone())
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

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nothing panics while it holds the lock")
    }
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
    use std::time::{SystemTime, UNIX_EPOCH};

    use super::Sessions;
    use crate::caller::Caller;

    #[test]
    fn a_session_has_its_cookie_until_it_ends() {
        let (sessions, ada) = (Sessions::default(), Caller { id: "1".into(), name: "ada".into(), roles: Vec::new() });
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let (cookie, other) =
            (sessions.begin(ada.clone(), now.as_secs() + 60), sessions.begin(ada.clone(), u64::from(u32::MAX)));
        assert_ne!(cookie, other);
        assert_eq!(sessions.caller(&cookie), Some(ada.clone()));
        sessions.end(&cookie);
        assert_eq!((sessions.caller(&cookie), sessions.caller(&other)), (None, Some(ada.clone())));
        let over = sessions.begin(ada, now.as_secs() - 1);
        assert_eq!(sessions.caller(&over), None);
    }
}
