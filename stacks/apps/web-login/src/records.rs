//! The app's own users: one record of each person, however many ways they sign in.
//!
//! A user pool has a user for each provider somebody signs in with. What they have in common is the e-mail address, if
//! the pool says that it is verified: an address that is only claimed would open the records of others.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// What the app knows of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The record's own number.
    pub id: u64,
    /// The address the person is known by: verified, in lower case. None of somebody who never had one.
    pub email: Option<String>,
    /// What the person is called, as last heard.
    pub name: Option<String>,
    /// The users of the pool who are this person.
    pub identities: Vec<Identity>,
    /// How often the person signed in.
    pub sign_ins: u64,
}

/// A user of the pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The user's id in the pool.
    pub subject: String,
    /// Whom they signed in with: a provider's name, or `Cognito`.
    pub provider: String,
}

/// Somebody who signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The user of the pool.
    pub identity: Identity,
    /// The address, if the pool says that it is verified.
    pub verified_email: Option<String>,
    /// What they are called.
    pub name: Option<String>,
}

/// The records, in memory, and in a file where one is named.
#[derive(Debug)]
pub struct Records {
    book: Mutex<Book>,
    file: Option<PathBuf>,
}

/// What the file holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Book {
    /// How many records there ever were: no number is used again.
    numbers: u64,
    records: Vec<Record>,
}

impl Records {
    /// Reads the records from a file, which may not be there yet. Without a file they live as long as the app.
    pub fn open(file: Option<PathBuf>) -> io::Result<Self> {
        let book = match file.as_ref().map(fs::read) {
            None => Book::default(),
            Some(Err(error)) if error.kind() == io::ErrorKind::NotFound => Book::default(),
            Some(read) => serde_json::from_slice(&read?)?,
        };
        Ok(Self { book: Mutex::new(book), file })
    }

    /// The record of somebody who signed in, made if there is none.
    pub fn sign_in(&self, arrival: Arrival) -> io::Result<Record> {
        let mut book = self.book();
        let mut next = book.clone();
        let record = next.welcome(arrival);
        self.save(&next)?;
        *book = next;
        Ok(record)
    }

    /// The record of a user of the pool.
    pub fn find(&self, subject: &str) -> Option<Record> {
        self.book().records.iter().find(|record| record.is_of(subject)).cloned()
    }

    /// Written beside the file and put in its place, so that it is never half.
    fn save(&self, book: &Book) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let beside = file.with_extension("new");
        fs::write(&beside, serde_json::to_vec_pretty(book)?)?;
        fs::rename(beside, file)
    }

    /// Records are replaced as a whole, so that a panic elsewhere leaves them as they were.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Record {
    fn is_of(&self, subject: &str) -> bool {
        self.identities.iter().any(|known| known.subject == subject)
    }
}

impl Book {
    fn welcome(&mut self, arrival: Arrival) -> Record {
        let email = arrival.verified_email.map(|email| email.to_lowercase());
        let at = self.place(&arrival.identity.subject, email.as_deref());
        let record = &mut self.records[at];
        match record.identities.iter_mut().find(|known| known.subject == arrival.identity.subject) {
            Some(known) => *known = arrival.identity,
            None => record.identities.push(arrival.identity),
        }
        record.name = arrival.name.or(record.name.take());
        record.sign_ins += 1;
        record.clone()
    }

    /// Where the record of a user is: by the user, else by the address, else at the end, where a new one is made.
    fn place(&mut self, subject: &str, email: Option<&str>) -> usize {
        let by_user = self.records.iter().position(|record| record.is_of(subject));
        let has = |email: &str| self.records.iter().position(|record| record.email.as_deref() == Some(email));
        match (by_user, email.and_then(has)) {
            // The address was verified only now, and is that of a person who is known: the two are one.
            (Some(user), Some(other)) if user != other && self.records[user].email.is_none() => self.join(user, other),
            // The address is another person's record: nothing is joined without somebody looking at it.
            (Some(user), Some(_)) => user,
            (Some(user), None) => {
                let record = &mut self.records[user];
                record.email = email.map(str::to_owned).or(record.email.take());
                user
            }
            (None, Some(found)) => found,
            (None, None) => {
                self.numbers += 1;
                let (id, email) = (self.numbers, email.map(str::to_owned));
                self.records.push(Record { id, email, name: None, identities: Vec::new(), sign_ins: 0 });
                self.records.len() - 1
            }
        }
    }

    /// Moves what a record has into another; gives the place of that.
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
    use super::{Arrival, Identity, Record, Records};

    fn arrival(subject: &str, provider: &str, email: Option<&str>) -> Arrival {
        let identity = Identity { subject: subject.into(), provider: provider.into() };
        Arrival { identity, verified_email: email.map(Into::into), name: Some(format!("{provider} {subject}")) }
    }

    /// The user, with whom, and the address if it is verified.
    type SignIn<'a> = (&'a str, &'a str, Option<&'a str>);

    /// Signs in one after the other; gives the number of the record of each.
    fn numbers(arrivals: &[SignIn]) -> Vec<u64> {
        let records = Records::open(None).unwrap();
        let sign_in =
            |(subject, provider, email): &SignIn| records.sign_in(arrival(subject, provider, *email)).unwrap().id;
        arrivals.iter().map(sign_in).collect()
    }

    #[test]
    fn a_person_is_known_again_by_a_verified_address() {
        let ada = Some("ada@example.com");
        let cases: [(&str, &[SignIn], &[u64]); 8] = [
            ("the same user", &[("1", "Cognito", ada), ("1", "Cognito", ada)], &[1, 1]),
            ("another provider", &[("1", "Cognito", ada), ("2", "Google", ada), ("3", "Okta", ada)], &[1, 1, 1]),
            ("capital letters", &[("1", "Cognito", ada), ("2", "Google", Some("Ada@Example.com"))], &[1, 1]),
            ("another address", &[("1", "Cognito", ada), ("2", "Google", Some("bob@example.com"))], &[1, 2]),
            ("not verified", &[("1", "Cognito", ada), ("2", "Okta", None), ("3", "Okta", None)], &[1, 2, 3]),
            ("verified later", &[("1", "Google", ada), ("2", "Okta", None), ("2", "Okta", ada)], &[1, 2, 1]),
            ("no longer verified", &[("1", "Google", ada), ("1", "Google", None), ("2", "Okta", ada)], &[1, 1, 1]),
            (
                "an address that became another's",
                &[("1", "Google", ada), ("2", "Okta", Some("bob@example.com")), ("2", "Okta", ada)],
                &[1, 2, 2],
            ),
        ];
        for (what, arrivals, expect) in cases {
            assert_eq!(numbers(arrivals), expect, "{what}");
        }
    }

    #[test]
    fn a_record_follows_the_address_of_its_user() {
        let records = Records::open(None).unwrap();
        records.sign_in(arrival("1", "Google", Some("ada@example.com"))).unwrap();
        let changed = records.sign_in(arrival("1", "Google", Some("lovelace@example.com"))).unwrap();
        assert_eq!((changed.id, changed.email.as_deref(), changed.sign_ins), (1, Some("lovelace@example.com"), 2));
        let other = records.sign_in(arrival("2", "Okta", Some("ada@example.com"))).unwrap();
        assert_eq!(other.id, 2, "the address is free again");
    }

    #[test]
    fn joined_records_keep_what_they_have() {
        let records = Records::open(None).unwrap();
        records.sign_in(arrival("2", "Okta", None)).unwrap();
        records.sign_in(arrival("1", "Google", Some("ada@example.com"))).unwrap();
        let joined = records.sign_in(arrival("2", "Okta", Some("ada@example.com"))).unwrap();
        let subjects: Vec<_> = joined.identities.iter().map(|identity| identity.subject.as_str()).collect();
        assert_eq!((joined.id, subjects, joined.sign_ins), (2, vec!["1", "2"], 3));
        assert_eq!(records.find("2").map(|record| record.id), Some(2));
        let next = records.sign_in(arrival("3", "Okta", None)).unwrap();
        assert_eq!(next.id, 3, "no number is used again");
    }

    #[test]
    fn records_outlive_the_app() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("records.json");
        let made = Records::open(Some(file.clone())).unwrap().sign_in(arrival("1", "Google", Some("a@b.example")));
        let read = Records::open(Some(file.clone())).unwrap().find("1");
        assert_eq!(read, made.ok());
        std::fs::write(&file, "{").unwrap();
        assert!(Records::open(Some(file)).is_err());
        let nowhere = Records::open(Some(folder.path().join("none/records.json"))).unwrap();
        assert!(nowhere.sign_in(arrival("1", "Google", None)).is_err());
        assert_eq!(nowhere.find("1"), None::<Record>, "what is not kept is not known");
    }
}
