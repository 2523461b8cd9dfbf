//! Asks Cerbos who may do what. What cannot be found out is denied.

use std::time::Duration;

use cerbos::sdk::attr::attr;
use cerbos::sdk::model::{Principal, Resource, ResourceList};
use cerbos::sdk::{CerbosAsyncClient, CerbosClientOptions, CerbosEndpoint};

use crate::caller::Caller;
use crate::contacts::Contact;
use crate::failure::Failure;

/// What can be done with a contact: the actions of `cerbos/policies/contact.yaml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Add it.
    Create,
    /// See it.
    Read,
    /// Change it.
    Update,
    /// Remove it.
    Delete,
}

impl Action {
    /// What can be done with a contact that exists.
    pub const LATER: [Self; 3] = [Self::Read, Self::Update, Self::Delete];

    /// The policy's word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// A Cerbos that decides.
#[derive(Debug, Clone)]
pub struct Decisions {
    host: String,
    port: u16,
}

/// The resource kind of `cerbos/policies/contact.yaml`.
const KIND: &str = "contact";
/// The sidecar answers in a millisecond; a request that waits for a second waits in vain.
const PATIENCE: Duration = Duration::from_secs(1);
/// Cerbos decides about no more resources in one request.
const MOST_AT_ONCE: usize = 50;

impl Decisions {
    /// By the Cerbos at this address.
    pub fn at((host, port): (String, u16)) -> Self {
        Self { host, port }
    }

    /// Whether somebody may do something with a contact.
    pub async fn require(&self, caller: &Caller, action: Action, contact: &Contact) -> Result<(), Failure> {
        let allowed = self.allowed(caller, &[action], std::slice::from_ref(contact)).await?;
        let is_allowed = allowed.first().is_some_and(|actions| actions.contains(&action));
        if is_allowed { Ok(()) } else { Err(Failure::Denied { action: action.name() }) }
    }

    /// Which of the actions somebody may do with each of the contacts, in their order.
    pub async fn allowed(
        &self,
        caller: &Caller,
        actions: &[Action],
        contacts: &[Contact],
    ) -> Result<Vec<Vec<Action>>, Failure> {
        // Cerbos refuses to decide about somebody without a role. No rule would be for them either.
        if caller.roles.is_empty() {
            return Ok(vec![Vec::new(); contacts.len()]);
        }
        let mut allowed = Vec::with_capacity(contacts.len());
        for contacts in contacts.chunks(MOST_AT_ONCE) {
            let some = self.ask(caller, actions, contacts).await;
            allowed.extend(some.map_err(|error| {
                eprintln!("Cerbos at {}:{} does not decide: {error}", self.host, self.port);
                Failure::Undecided
            })?);
        }
        Ok(allowed)
    }

    /// One request. The client is made for it: it cannot be shared, and behind a lock all would wait for the slowest.
    async fn ask(&self, caller: &Caller, actions: &[Action], contacts: &[Contact]) -> Result<Vec<Vec<Action>>, String> {
        let endpoint = CerbosEndpoint::HostPort(self.host.as_str(), self.port);
        let options = CerbosClientOptions::new(endpoint).with_plaintext().with_timeout(PATIENCE);
        let mut client = CerbosAsyncClient::new(options).await.map_err(|error| format!("{error:#}"))?;
        let names: Vec<&str> = actions.iter().map(|action| action.name()).collect();
        let resources = contacts.iter().fold(ResourceList::new(), |list, contact| {
            let owner = attr("ownerId", contact.owner_id.as_str());
            list.add(Resource::new(contact.id.as_str(), KIND).with_attributes([owner]), names.clone())
        });
        let principal = Principal::new(&caller.id, &caller.roles);
        let answer = client.check_resources(principal, resources, None);
        let answer = tokio::time::timeout(PATIENCE, answer).await;
        let answer = answer.map_err(|_| format!("no answer within {PATIENCE:?}"))?;
        let answer = answer.map_err(|error| format!("{error:#}"))?;
        let of = |contact: &Contact| {
            let found = answer.find(&contact.id).ok_or("its answer leaves a contact out")?;
            Ok(actions.iter().copied().filter(|action| found.is_allowed(action.name())).collect())
        };
        contacts.iter().map(of).collect()
    }
}
