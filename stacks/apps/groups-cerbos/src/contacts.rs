//! The contacts, in memory: the example is about who may do what with them, not about keeping them.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::caller::Caller;
use crate::failure::Failure;

const LONGEST_NAME: usize = 100;
const LONGEST_EMAIL: usize = 254;
const MOST: usize = 1000;

/// A contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    /// Its id.
    pub id: String,
    /// The id of the user who added it: `request.resource.attr.ownerId` in the policy.
    pub owner_id: String,
    /// How that user was called then.
    pub owner_name: String,
    /// What is said of the contact.
    #[serde(flatten)]
    pub details: Details,
}

/// What people say of a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Details {
    /// The name.
    pub name: String,
    /// The email address, or nothing.
    #[serde(default)]
    pub email: String,
}

impl Details {
    /// The same without blanks around, if it makes sense.
    pub fn checked(self) -> Result<Self, Failure> {
        let details = Self { name: self.name.trim().to_owned(), email: self.email.trim().to_owned() };
        let (name, email) = (details.name.chars().count(), details.email.chars().count());
        if !(1..=LONGEST_NAME).contains(&name) {
            return Err(Failure::Nonsense(format!("a name has 1 to {LONGEST_NAME} characters, this has {name}")));
        }
        if email > LONGEST_EMAIL || (email > 0 && !details.email.contains('@')) {
            return Err(Failure::Nonsense(format!("`{}` is not an email address", details.email)));
        }
        Ok(details)
    }
}

impl Contact {
    /// A contact that somebody is about to add.
    pub fn new(owner: &Caller, details: Details) -> Self {
        let id = Uuid::new_v4().to_string();
        Self { id, owner_id: owner.id.clone(), owner_name: owner.name.clone(), details }
    }
}

/// All contacts, by id.
#[derive(Debug, Clone, Default)]
pub struct Contacts(Arc<RwLock<BTreeMap<String, Contact>>>);

impl Contacts {
    /// All, by name.
    pub fn list(&self) -> Vec<Contact> {
        let mut all: Vec<Contact> = self.read().values().cloned().collect();
        all.sort_by(|a, b| (&a.details.name, &a.id).cmp(&(&b.details.name, &b.id)));
        all
    }

    /// One.
    pub fn find(&self, id: &str) -> Result<Contact, Failure> {
        self.read().get(id).cloned().ok_or(Failure::Missing)
    }

    /// Adds one.
    pub fn add(&self, contact: Contact) -> Result<(), Failure> {
        let mut contacts = self.write();
        if contacts.len() >= MOST {
            return Err(Failure::Full);
        }
        contacts.insert(contact.id.clone(), contact);
        Ok(())
    }

    /// Changes what is said of one. Whose it is stays.
    pub fn change(&self, id: &str, details: Details) -> Result<Contact, Failure> {
        let mut contacts = self.write();
        let contact = contacts.get_mut(id).ok_or(Failure::Missing)?;
        contact.details = details;
        Ok(contact.clone())
    }

    /// Removes one.
    pub fn remove(&self, id: &str) -> Result<(), Failure> {
        self.write().remove(id).map(drop).ok_or(Failure::Missing)
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, BTreeMap<String, Contact>> {
        self.0.read().expect("nothing panics while it holds the lock")
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, BTreeMap<String, Contact>> {
        self.0.write().expect("nothing panics while it holds the lock")
    }
}

#[cfg(test)]
mod tests {
    use super::Details;

    #[test]
    fn what_makes_no_sense_is_refused() {
        let checked = |name: &str, email: &str| Details { name: name.into(), email: email.into() }.checked();
        assert_eq!(checked(" Eve ", "eve@example.com ").unwrap(), checked("Eve", "eve@example.com").unwrap());
        assert!(checked("Eve", "").is_ok());
        for (name, email, why) in [
            (" ", "", "a name has 1 to 100 characters, this has 0"),
            (&"a".repeat(101), "", "this has 101"),
            ("Eve", "eve", "`eve` is not an email address"),
        ] {
            let error = checked(name, email).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
