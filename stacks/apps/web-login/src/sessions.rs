//! Sessions, kept on the server. The browser has only a random id.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use purlin_auth::SecretString;

/// A session ends this long after the sign-in.
pub const MAX_AGE: Duration = Duration::from_hours(8);
/// A session ends after this time without a request.
pub const IDLE: Duration = Duration::from_hours(1);
/// Beyond this number the sessions that were idle for longest end.
const CAPACITY: usize = 100_000;

/// A user's session.
#[derive(Debug, Clone)]
pub struct Session {
    /// The user's id in the pool, which finds the record.
    pub subject: String,
    /// The refresh token, which renews the tokens and is revoked at the end.
    pub refresh: Option<SecretString>,
    fresh_until: Instant,
    began: Instant,
    used: Instant,
}

/// The sessions, by id.
#[derive(Debug, Default)]
pub struct Sessions(Mutex<BTreeMap<String, Session>>);

impl Session {
    /// A session that begins now, with tokens that are valid for this time.
    pub fn new(subject: String, refresh: Option<SecretString>, tokens_last: Duration) -> Self {
        let now = Instant::now();
        Self { subject, refresh, fresh_until: now + tokens_last.min(MAX_AGE), began: now, used: now }
    }

    /// Whether the tokens have expired and must be renewed.
    pub fn is_stale(&self) -> bool {
        Instant::now() >= self.fresh_until
    }

    fn is_over(&self, now: Instant) -> bool {
        now.duration_since(self.began) >= MAX_AGE || now.duration_since(self.used) >= IDLE
    }
}

impl Sessions {
    /// Stores a session by a new id.
    pub fn begin(&self, id: String, session: Session) {
        let (mut all, now) = (self.all(), Instant::now());
        all.retain(|_, session| !session.is_over(now));
        while all.len() >= CAPACITY {
            let idlest = all.iter().min_by_key(|(_, session)| session.used).map(|(id, _)| id.clone());
            idlest.and_then(|id| all.remove(&id));
        }
        all.insert(id, session);
    }

    /// The session of this id, unless it has ended. This counts as a use.
    pub fn find(&self, id: &str) -> Option<Session> {
        self.find_at(id, Instant::now())
    }

    fn find_at(&self, id: &str, now: Instant) -> Option<Session> {
        let mut all = self.all();
        let session = all.get_mut(id)?;
        if session.is_over(now) {
            all.remove(id);
            return None;
        }
        session.used = now;
        Some(session.clone())
    }

    /// Renews a session with tokens that are valid for this time. A new refresh token replaces the old one.
    pub fn renew(&self, id: &str, refresh: Option<SecretString>, tokens_last: Duration) {
        if let Some(session) = self.all().get_mut(id) {
            session.fresh_until = Instant::now() + tokens_last.min(MAX_AGE);
            session.refresh = refresh.or(session.refresh.take());
        }
    }

    /// Ends a session.
    pub fn end(&self, id: &str) -> Option<Session> {
        self.all().remove(id)
    }

    /// A panic elsewhere leaves the map intact.
    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use purlin_auth::ExposeSecret as _;

    use super::{IDLE, MAX_AGE, Session, Sessions};

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
    fn an_idle_session_ends() {
        let now = Instant::now();
        assert!(sessions().find_at("a", now + IDLE + Duration::from_secs(1)).is_none());
        assert!(sessions().find_at("a", now + IDLE / 2).is_some());
    }

    #[test]
    fn a_session_in_use_ends_at_its_maximum_age() {
        let (sessions, now) = (sessions(), Instant::now());
        let halves = u32::try_from(MAX_AGE.as_secs() / (IDLE.as_secs() / 2)).unwrap();
        for at in 1..halves {
            assert!(sessions.find_at("a", now + IDLE / 2 * at).is_some(), "{at}");
        }
        assert!(sessions.find_at("a", now + MAX_AGE + Duration::from_secs(1)).is_none());
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
        sessions.renew("a", None, Duration::MAX);
        assert!(!sessions.find("a").unwrap().is_stale());
        assert!(!Session::new("sub".into(), None, Duration::from_secs(u64::MAX)).is_stale());
        sessions.renew("b", None, IDLE);
        assert!(sessions.find("b").is_none());
    }

    #[test]
    fn debug_output_has_no_tokens() {
        assert!(!format!("{:?}", sessions()).contains("\"refresh\""));
    }
}
