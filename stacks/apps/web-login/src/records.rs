//! The app's own users: one record for each person, who may have several ways to sign in.
//!
//! A user pool has a user for each identity provider of a person. These users have the email address in common, if the
//! pool has verified it. An address that is not verified would open the records of others.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// The app's record of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The record's own number.
    pub id: u64,
    /// The verified email address in lower case, if the person ever had one.
    pub email: Option<String>,
    /// The name at the last sign-in that had one.
    pub name: Option<String>,
    /// This person's users in the pool.
    pub identities: Vec<Identity>,
    /// How often the person signed in.
    pub sign_ins: u64,
}

/// A user of the pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The user's id in the pool.
    pub subject: String,
    /// The name of the identity provider, or `Cognito`.
    pub provider: String,
}

/// A sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The user of the pool.
    pub identity: Identity,
    /// The email address, if the pool has verified it.
    pub verified_email: Option<String>,
    /// The user's name.
    pub name: Option<String>,
}

/// The records, in memory, and in a file if one is set.
#[derive(Debug)]
pub struct Records {
    content: Mutex<Content>,
    file: Option<PathBuf>,
}

/// The content of the file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Content {
    /// The last number. No number is used again.
    last_id: u64,
    records: Vec<Record>,
}

impl Records {
    /// Reads the records from a file, which may not exist yet. Without a file they exist as long as the app.
    pub fn open(file: Option<PathBuf>) -> io::Result<Self> {
        let content = match file.as_ref().map(fs::read) {
            None => Content::default(),
            Some(Err(error)) if error.kind() == io::ErrorKind::NotFound => Content::default(),
            Some(read) => serde_json::from_slice(&read?)?,
        };
        Ok(Self { content: Mutex::new(content), file })
    }

    /// The record of the person who signs in. It creates one if there is none.
    pub fn sign_in(&self, sign_in: SignIn) -> io::Result<Record> {
        let mut content = self.content();
        let mut next = content.clone();
        let record = next.sign_in(sign_in);
        self.save(&next)?;
        *content = next;
        Ok(record)
    }

    /// The record of a user of the pool.
    pub fn find(&self, subject: &str) -> Option<Record> {
        self.content().records.iter().find(|record| record.is_of(subject)).cloned()
    }

    /// Writes another file and renames it, so that the file is always complete.
    fn save(&self, content: &Content) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let new = file.with_extension("new");
        fs::write(&new, serde_json::to_vec_pretty(content)?)?;
        fs::rename(new, file)
    }

    /// The content is replaced as a whole, so that a panic elsewhere leaves it intact.
    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Record {
    fn is_of(&self, subject: &str) -> bool {
        self.identities.iter().any(|known| known.subject == subject)
    }
}

impl Content {
    fn sign_in(&mut self, sign_in: SignIn) -> Record {
        let email = sign_in.verified_email.map(|email| email.to_lowercase());
        let at = self.position(&sign_in.identity.subject, email.as_deref());
        let record = &mut self.records[at];
        match record.identities.iter_mut().find(|known| known.subject == sign_in.identity.subject) {
            Some(known) => *known = sign_in.identity,
            None => record.identities.push(sign_in.identity),
        }
        record.name = sign_in.name.or(record.name.take());
        record.sign_ins += 1;
        record.clone()
    }

    /// The index of a user's record: found by the user, or by the address, or else a new one.
    fn position(&mut self, subject: &str, email: Option<&str>) -> usize {
        let by_user = self.records.iter().position(|record| record.is_of(subject));
        let has = |email: &str| self.records.iter().position(|record| record.email.as_deref() == Some(email));
        match (by_user, email.and_then(has)) {
            // The address is newly verified and has a record: both records are the same person's.
            (Some(user), Some(other)) if user != other && self.records[user].email.is_none() => self.join(user, other),
            // The address belongs to another person's record: these are not joined automatically.
            (Some(user), Some(_)) => user,
            (Some(user), None) => {
                let record = &mut self.records[user];
                record.email = email.map(str::to_owned).or(record.email.take());
                user
            }
            (None, Some(found)) => found,
            (None, None) => {
                self.last_id += 1;
                let (id, email) = (self.last_id, email.map(str::to_owned));
                self.records.push(Record { id, email, name: None, identities: Vec::new(), sign_ins: 0 });
                self.records.len() - 1
            }
        }
    }

    /// Moves the content of a record into another, and returns the index of that one.
    fn join(&mut self, from: usize, into: usize) -> usize {
        let joined = self.records.remove(from);
        let into = if from < into { into - 1 } else { into };
        self.records[into].identities.extend(joined.identities);
        self.records[into].sign_ins += joined.sign_ins;
        into
    }
}

#[cfg(test)]
mod tests {
    use super::{Identity, Record, Records, SignIn};

    fn sign_in(subject: &str, provider: &str, email: Option<&str>) -> SignIn {
        let identity = Identity { subject: subject.into(), provider: provider.into() };
        SignIn { identity, verified_email: email.map(Into::into), name: Some(format!("{provider} {subject}")) }
    }

    /// The user, the provider, and the address if it is verified.
    type Case<'a> = (&'a str, &'a str, Option<&'a str>);

    /// Signs users in one after the other. Returns the id of the record of each.
    fn ids(sign_ins: &[Case]) -> Vec<u64> {
        let records = Records::open(None).unwrap();
        let id = |(subject, provider, email): &Case| records.sign_in(sign_in(subject, provider, *email)).unwrap().id;
        sign_ins.iter().map(id).collect()
    }

    #[test]
    fn a_person_is_recognized_by_a_verified_address() {
        let ada = Some("ada@example.com");
        let cases: [(&str, &[Case], &[u64]); 8] = [
            ("the same user", &[("1", "Cognito", ada), ("1", "Cognito", ada)], &[1, 1]),
            ("another provider", &[("1", "Cognito", ada), ("2", "Google", ada), ("3", "Okta", ada)], &[1, 1, 1]),
            ("capital letters", &[("1", "Cognito", ada), ("2", "Google", Some("Ada@Example.com"))], &[1, 1]),
            ("another address", &[("1", "Cognito", ada), ("2", "Google", Some("bob@example.com"))], &[1, 2]),
            ("not verified", &[("1", "Cognito", ada), ("2", "Okta", None), ("3", "Okta", None)], &[1, 2, 3]),
            ("verified later", &[("1", "Google", ada), ("2", "Okta", None), ("2", "Okta", ada)], &[1, 2, 1]),
            ("no longer verified", &[("1", "Google", ada), ("1", "Google", None), ("2", "Okta", ada)], &[1, 1, 1]),
            (
                "an address that another record has",
                &[("1", "Google", ada), ("2", "Okta", Some("bob@example.com")), ("2", "Okta", ada)],
                &[1, 2, 2],
            ),
        ];
        for (what, sign_ins, expect) in cases {
            assert_eq!(ids(sign_ins), expect, "{what}");
        }
    }

    #[test]
    fn a_record_follows_the_address_of_its_user() {
        let records = Records::open(None).unwrap();
        records.sign_in(sign_in("1", "Google", Some("ada@example.com"))).unwrap();
        let changed = records.sign_in(sign_in("1", "Google", Some("lovelace@example.com"))).unwrap();
        assert_eq!((changed.id, changed.email.as_deref(), changed.sign_ins), (1, Some("lovelace@example.com"), 2));
        let other = records.sign_in(sign_in("2", "Okta", Some("ada@example.com"))).unwrap();
        assert_eq!(other.id, 2, "the address is free again");
    }

    #[test]
    fn joined_records_keep_their_content() {
        let records = Records::open(None).unwrap();
        records.sign_in(sign_in("2", "Okta", None)).unwrap();
        records.sign_in(sign_in("1", "Google", Some("ada@example.com"))).unwrap();
        let joined = records.sign_in(sign_in("2", "Okta", Some("ada@example.com"))).unwrap();
        let subjects: Vec<_> = joined.identities.iter().map(|identity| identity.subject.as_str()).collect();
        assert_eq!((joined.id, subjects, joined.sign_ins), (2, vec!["1", "2"], 3));
        assert_eq!(records.find("2").map(|record| record.id), Some(2));
        let next = records.sign_in(sign_in("3", "Okta", None)).unwrap();
        assert_eq!(next.id, 3, "no number is used again");
    }

    #[test]
    fn records_are_kept_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("records.json");
        let made = Records::open(Some(file.clone())).unwrap().sign_in(sign_in("1", "Google", Some("a@b.example")));
        let read = Records::open(Some(file.clone())).unwrap().find("1");
        assert_eq!(read, made.ok());
        std::fs::write(&file, "{").unwrap();
        assert!(Records::open(Some(file)).is_err());
        let nowhere = Records::open(Some(folder.path().join("none/records.json"))).unwrap();
        assert!(nowhere.sign_in(sign_in("1", "Google", None)).is_err());
        assert_eq!(nowhere.find("1"), None::<Record>, "what cannot be written is not used");
    }
}
