//! Who is signed in with which cookie, and which logins have begun. Both end with the process: it is one task's memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use purlin_auth::{ExposeSecret as _, PendingLogin};
use uuid::Uuid;

use crate::caller::Caller;

/// How long a login may take.
pub const LOGIN_TIME: Duration = Duration::from_mins(10);
/// No more of either are kept; the oldest go first.
const MOST: usize = 10_000;

/// What the app remembers of browsers.
#[derive(Debug, Clone, Default)]
pub struct Sessions(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
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
    /// Begins a session that ends at a time, in seconds since 1970; the answer is its cookie.
    pub fn begin(&self, caller: Caller, ends: u64) -> String {
        let mut kept = self.kept();
        let now = SystemTime::now();
        kept.sessions.retain(|_, session| session.ends > now);
        forget_oldest(&mut kept.sessions, |session| session.began);
        let id = Uuid::new_v4().simple().to_string();
        let ends = UNIX_EPOCH + Duration::from_secs(ends);
        kept.sessions.insert(id.clone(), Session { caller, began: Instant::now(), ends });
        id
    }

    /// Whose session a cookie is.
    pub fn caller(&self, id: &str) -> Option<Caller> {
        let kept = self.kept();
        let session = kept.sessions.get(id)?;
        (session.ends > SystemTime::now()).then(|| session.caller.clone())
    }

    /// Ends a session.
    pub fn end(&self, id: &str) {
        self.kept().sessions.remove(id);
    }

    /// Keeps a login until its browser comes back; the answer is what the browser keeps.
    pub fn await_login(&self, login: PendingLogin) -> String {
        let state = login.state().expose_secret().to_owned();
        let mut kept = self.kept();
        kept.logins.retain(|_, (began, _)| began.elapsed() < LOGIN_TIME);
        forget_oldest(&mut kept.logins, |(began, _)| *began);
        kept.logins.insert(state.clone(), (Instant::now(), login));
        state
    }

    /// The login that a browser began, once.
    pub fn take_login(&self, state: &str) -> Option<PendingLogin> {
        let (began, login) = self.kept().logins.remove(state)?;
        (began.elapsed() < LOGIN_TIME).then_some(login)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().expect("nothing panics while it holds the lock")
    }
}

fn forget_oldest<T>(map: &mut BTreeMap<String, T>, began: impl Fn(&T) -> Instant) {
    if map.len() < MOST {
        return;
    }
    let oldest = map.iter().min_by_key(|(_, kept)| began(kept)).map(|(id, _)| id.clone());
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
    fn a_session_is_of_its_cookie_until_it_ends() {
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
