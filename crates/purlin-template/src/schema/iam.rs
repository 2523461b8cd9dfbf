//! The actions and service principals that IAM knew on a day: a service is unpacked when its first action is looked up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use super::archive::Archive;

static ACTIONS: LazyLock<Archive> = LazyLock::new(|| Archive::new(include_bytes!("actions.bin")));
static READ: Mutex<BTreeMap<&'static str, Arc<Actions>>> = Mutex::new(BTreeMap::new());
static PRINCIPALS: LazyLock<Principals> = LazyLock::new(Principals::read);

/// The actions of a service.
pub(crate) struct Actions {
    /// In lower case, which is the one that counts, and in AWS's.
    names: Vec<(String, String)>,
}

/// The service principals.
pub(crate) struct Principals {
    /// The day the list was read, `2026-09-26`: what AWS added later is missing.
    pub dated: String,
    names: BTreeSet<String>,
}

/// The prefixes of actions, each of a service.
pub(crate) fn services() -> impl Iterator<Item = &'static str> {
    ACTIONS.names().filter(|name| !name.is_empty())
}

impl Actions {
    /// The actions with this prefix.
    pub(crate) fn of(service: &str) -> Option<Arc<Self>> {
        let service = ACTIONS.name(service).filter(|name| !name.is_empty())?;
        let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = read.get(service) {
            return Some(Arc::clone(found));
        }
        let document = ACTIONS.document(service)?;
        let names = document.as_array()?.iter().filter_map(|name| name.as_str());
        let mut names: Vec<_> = names.map(|name| (name.to_lowercase(), name.to_owned())).collect();
        names.sort();
        let found = Arc::new(Self { names });
        read.insert(service, Arc::clone(&found));
        Some(found)
    }

    /// Whether there is an action of this name; case does not count, and `*` and `?` stand for others.
    pub(crate) fn matches(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        if name.contains(['*', '?']) {
            return self.names.iter().any(|(known, _)| is_like(known.as_bytes(), name.as_bytes()));
        }
        self.names.binary_search_by(|(known, _)| known.as_str().cmp(&name)).is_ok()
    }

    /// The names as AWS writes them.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|(_, name)| name.as_str())
    }
}

impl Principals {
    pub(crate) fn get() -> &'static Self {
        &PRINCIPALS
    }

    fn read() -> Self {
        let header = ACTIONS.document("").unwrap_or_default();
        let names = header["principals"].as_array().into_iter().flatten().filter_map(|name| name.as_str());
        Self {
            dated: header["dated"].as_str().unwrap_or_default().to_owned(),
            names: names.map(str::to_owned).collect(),
        }
    }

    /// Whether the name is a service principal, or that of a service whose principal is not known.
    pub(crate) fn has(&self, name: &str) -> bool {
        let service = name.strip_suffix(".amazonaws.com");
        self.names.contains(name)
            || service.is_some_and(|service| !service.is_empty() && ACTIONS.name(service).is_some())
    }

    /// All of them, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

/// Whether a name is one that a pattern stands for: `*` is any text, `?` any letter.
fn is_like(mut name: &[u8], mut pattern: &[u8]) -> bool {
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        match (pattern, name) {
            ([b'*', rest @ ..], _) => {
                retry = Some((name, rest));
                pattern = rest;
            }
            ([p, rest @ ..], [n, after @ ..]) if p == n || *p == b'?' => (pattern, name) = (rest, after),
            ([], []) => return true,
            _ => {
                let Some(([_, after @ ..], rest)) = retry else { return false };
                (name, pattern) = (after, rest);
                retry = Some((after, rest));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_can_be_read() {
        let count: usize = services().map(|service| Actions::of(service).expect("it is listed").names.len()).sum();
        assert!(count > 20_000 && Principals::get().dated.len() == 10, "{count}");
        for name in
            ["lambda.amazonaws.com", "ecs-tasks.amazonaws.com", "delivery.logs.amazonaws.com", "aoss.amazonaws.com"]
        {
            assert!(Principals::get().has(name), "{name}");
        }
        assert!(!Principals::get().has(".amazonaws.com") && !Principals::get().has("lamda.amazonaws.com"));
    }

    #[test]
    fn wildcards_stand_for_other_letters() {
        let s3 = Actions::of("s3").expect("S3 has actions");
        let table = [
            ("GetObject", true),
            ("getobject", true),
            ("GetObjct", false),
            ("Get*", true),
            ("*Object", true),
            ("*Obj?ct*", true),
            ("Gett*", false),
            ("*", true),
            ("GetObject?", false),
            ("", false),
        ];
        for (name, expect) in table {
            assert_eq!(s3.matches(name), expect, "{name}");
        }
    }
}
