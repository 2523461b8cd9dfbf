//! The contacts, in memory: the example is about permissions, not about storage.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::caller::Caller;
use crate::failure::Failure;

const MAX_NAME: usize = 100;
const MAX_EMAIL: usize = 254;
const CAPACITY: usize = 1000;

/// A contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    /// Its id.
    pub id: String,
    /// The id of the user who added it: `request.resource.attr.ownerId` in the policy.
    pub owner_id: String,
    /// That user's name at the time.
    pub owner_name: String,
    /// Name and email address.
    #[serde(flatten)]
    pub details: Details,
}

/// The part of a contact that users enter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Details {
    /// The name.
    pub name: String,
    /// The email address. May be empty.
    #[serde(default)]
    pub email: String,
}

impl Details {
    /// Trims and checks the details.
    pub fn checked(self) -> Result<Self, Failure> {
        let details = Self { name: self.name.trim().to_owned(), email: self.email.trim().to_owned() };
        let (name, email) = (details.name.chars().count(), details.email.chars().count());
        if !(1..=MAX_NAME).contains(&name) {
            return Err(Failure::Invalid(format!("a name has 1 to {MAX_NAME} characters, this one has {name}")));
        }
        if email > MAX_EMAIL || (email > 0 && !details.email.contains('@')) {
            return Err(Failure::Invalid(format!("`{}` is not an email address", details.email)));
        }
        Ok(details)
    }
}

impl Contact {
    /// A new contact of this owner.
    pub fn new(owner: &Caller, details: Details) -> Self {
        let id = Uuid::new_v4().to_string();
        Self { id, owner_id: owner.id.clone(), owner_name: owner.name.clone(), details }
    }
}

/// All contacts, by id.
#[derive(Debug, Clone, Default)]
pub struct Contacts(Arc<RwLock<BTreeMap<String, Contact>>>);

impl Contacts {
    /// All contacts, by name.
    pub fn list(&self) -> Vec<Contact> {
        let mut all: Vec<Contact> = self.read().values().cloned().collect();
        all.sort_by(|a, b| (&a.details.name, &a.id).cmp(&(&b.details.name, &b.id)));
        all
    }

    /// The contact of an id.
    pub fn find(&self, id: &str) -> Result<Contact, Failure> {
        self.read().get(id).cloned().ok_or(Failure::Missing)
    }

    /// Adds a contact.
    pub fn add(&self, contact: Contact) -> Result<(), Failure> {
        let mut contacts = self.write();
        if contacts.len() >= CAPACITY {
            return Err(Failure::Full);
        }
        contacts.insert(contact.id.clone(), contact);
        Ok(())
    }

    /// Changes the details of a contact. The owner stays.
    pub fn change(&self, id: &str, details: Details) -> Result<Contact, Failure> {
        let mut contacts = self.write();
        let contact = contacts.get_mut(id).ok_or(Failure::Missing)?;
        contact.details = details;
        Ok(contact.clone())
    }

    /// Removes a contact.
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
    fn invalid_details_are_refused() {
        let checked = |name: &str, email: &str| Details { name: name.into(), email: email.into() }.checked();
        assert_eq!(checked(" Eve ", "eve@example.com ").unwrap(), checked("Eve", "eve@example.com").unwrap());
        assert!(checked("Eve", "").is_ok());
        for (name, email, why) in [
            (" ", "", "a name has 1 to 100 characters, this one has 0"),
            (&"a".repeat(101), "", "this one has 101"),
            ("Eve", "eve", "`eve` is not an email address"),
        ] {
            let error = checked(name, email).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
