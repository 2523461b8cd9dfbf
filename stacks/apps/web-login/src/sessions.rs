//! Sessions, kept on the server: the browser has a name of one, which says nothing.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use purlin_auth::SecretString;

/// A session ends this long after the sign-in.
pub const LASTS: Duration = Duration::from_hours(8);
/// A session ends when nobody asks for this long.
pub const IDLE: Duration = Duration::from_hours(1);
/// Beyond this the one that was idle for longest goes.
const MOST: usize = 100_000;

/// Who is signed in, and until when.
#[derive(Debug, Clone)]
pub struct Session {
    /// The user's id in the pool: their record is found by it.
    pub subject: String,
    /// What ends the user's tokens. Refresh tokens are asked of nobody but the pool.
    pub refresh: Option<SecretString>,
    fresh_until: Instant,
    began: Instant,
    used: Instant,
}

/// The sessions, by name.
#[derive(Debug, Default)]
pub struct Sessions(Mutex<BTreeMap<String, Session>>);

impl Session {
    /// A session that begins now, with tokens that are good for so long.
    pub fn new(subject: String, refresh: Option<SecretString>, tokens_last: Duration) -> Self {
        let now = Instant::now();
        Self { subject, refresh, fresh_until: now + tokens_last, began: now, used: now }
    }

    /// Whether it is time to ask the pool if the user may still be here.
    pub fn is_stale(&self) -> bool {
        Instant::now() >= self.fresh_until
    }

    fn is_over(&self, now: Instant) -> bool {
        now.duration_since(self.began) >= LASTS || now.duration_since(self.used) >= IDLE
    }
}

impl Sessions {
    /// Keeps a session by a new name.
    pub fn begin(&self, name: String, session: Session) {
        let (mut all, now) = (self.all(), Instant::now());
        all.retain(|_, session| !session.is_over(now));
        while all.len() >= MOST {
            let idlest = all.iter().min_by_key(|(_, session)| session.used).map(|(name, _)| name.clone());
            idlest.and_then(|name| all.remove(&name));
        }
        all.insert(name, session);
    }

    /// The session of this name, unless it is over; it is used by that.
    pub fn find(&self, name: &str) -> Option<Session> {
        self.find_at(name, Instant::now())
    }

    fn find_at(&self, name: &str, now: Instant) -> Option<Session> {
        let mut all = self.all();
        let session = all.get_mut(name)?;
        if session.is_over(now) {
            all.remove(name);
            return None;
        }
        session.used = now;
        Some(session.clone())
    }

    /// Notes that the pool gave new tokens, which are good for so long; a new refresh token takes the place of the old.
    pub fn renew(&self, name: &str, refresh: Option<SecretString>, tokens_last: Duration) {
        if let Some(session) = self.all().get_mut(name) {
            session.fresh_until = Instant::now() + tokens_last;
            session.refresh = refresh.or(session.refresh.take());
        }
    }

    /// Ends a session.
    pub fn end(&self, name: &str) -> Option<Session> {
        self.all().remove(name)
    }

    /// A panic elsewhere leaves them as good as they were.
    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use purlin_auth::ExposeSecret as _;

    use super::{IDLE, LASTS, Session, Sessions};

    fn sessions() -> Sessions {
        let sessions = Sessions::default();
        sessions.begin("a".into(), Session::new("sub".into(), Some("refresh".into()), IDLE));
        sessions
    }

    #[test]
    fn a_session_ends_once() {
        let sessions = sessions();
        assert!(sessions.find("b").is_none());
        assert_eq!(sessions.find("a").map(|session| session.subject).as_deref(), Some("sub"));
        assert!(sessions.end("a").is_some() && sessions.end("a").is_none() && sessions.find("a").is_none());
    }

    #[test]
    fn a_session_that_is_not_used_ends() {
        let now = Instant::now();
        assert!(sessions().find_at("a", now + IDLE + Duration::from_secs(1)).is_none());
        assert!(sessions().find_at("a", now + IDLE / 2).is_some());
    }

    #[test]
    fn a_session_that_is_used_ends_all_the_same() {
        let (sessions, now) = (sessions(), Instant::now());
        let halves = u32::try_from(LASTS.as_secs() / (IDLE.as_secs() / 2)).unwrap();
        for at in 1..halves {
            assert!(sessions.find_at("a", now + IDLE / 2 * at).is_some(), "{at}");
        }
        assert!(sessions.find_at("a", now + LASTS + Duration::from_secs(1)).is_none());
    }

    #[test]
    fn new_tokens_make_a_session_fresh() {
        let sessions = Sessions::default();
        sessions.begin("a".into(), Session::new("sub".into(), Some("old".into()), Duration::ZERO));
        assert!(sessions.find("a").unwrap().is_stale());
        let refresh = |sessions: &Sessions| sessions.find("a").unwrap().refresh.unwrap().expose_secret().to_owned();
        sessions.renew("a", None, IDLE);
        assert!(!sessions.find("a").unwrap().is_stale());
        assert_eq!(refresh(&sessions), "old");
        sessions.renew("a", Some("new".into()), IDLE);
        assert_eq!(refresh(&sessions), "new");
        sessions.renew("b", None, IDLE);
        assert!(sessions.find("b").is_none());
    }

    #[test]
    fn tokens_do_not_print() {
        assert!(!format!("{:?}", sessions()).contains("\"refresh\""));
    }
}
