//! Asks Cerbos which actions are allowed. Without an answer nothing is allowed.

use std::time::Duration;

use cerbos::sdk::attr::attr;
use cerbos::sdk::model::{Principal, Resource, ResourceList};
use cerbos::sdk::{CerbosAsyncClient, CerbosClientOptions, CerbosEndpoint};

use crate::caller::Caller;
use crate::contacts::Contact;
use crate::failure::Failure;

/// An action on a contact, as in `cerbos/policies/contact.yaml`.
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
    /// The actions on a contact that exists.
    pub const EXISTING: [Self; 3] = [Self::Read, Self::Update, Self::Delete];

    /// The action's name in the policy.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// A client of Cerbos.
#[derive(Debug, Clone)]
pub struct Decisions {
    host: String,
    port: u16,
}

/// The resource kind of `cerbos/policies/contact.yaml`.
const KIND: &str = "contact";
/// The sidecar answers within milliseconds.
const TIMEOUT: Duration = Duration::from_secs(1);
/// Cerbos' limit of resources in one request.
const MAX_RESOURCES: usize = 50;

impl Decisions {
    /// A client of the Cerbos at this address.
    pub fn at((host, port): (String, u16)) -> Self {
        Self { host, port }
    }

    /// Whether the caller may do this with a contact. If not, the error is the answer.
    pub async fn require(&self, caller: &Caller, action: Action, contact: &Contact) -> Result<(), Failure> {
        let allowed = self.allowed(caller, &[action], std::slice::from_ref(contact)).await?;
        let is_allowed = allowed.first().is_some_and(|actions| actions.contains(&action));
        if is_allowed { Ok(()) } else { Err(Failure::Denied { action: action.name() }) }
    }

    /// Which of the actions the caller may do with each contact, in the order of the contacts.
    pub async fn allowed(
        &self,
        caller: &Caller,
        actions: &[Action],
        contacts: &[Contact],
    ) -> Result<Vec<Vec<Action>>, Failure> {
        // Cerbos refuses requests without a role, and no rule would match.
        if caller.roles.is_empty() {
            return Ok(vec![Vec::new(); contacts.len()]);
        }
        let mut allowed = Vec::with_capacity(contacts.len());
        for contacts in contacts.chunks(MAX_RESOURCES) {
            let some = self.ask(caller, actions, contacts).await;
            allowed.extend(some.map_err(|error| {
                eprintln!("no decision from Cerbos at {}:{}: {error}", self.host, self.port);
                Failure::Undecided
            })?);
        }
        Ok(allowed)
    }

    /// Sends one request, with a new client: a client cannot be shared, and with a lock requests would wait for each other.
    async fn ask(&self, caller: &Caller, actions: &[Action], contacts: &[Contact]) -> Result<Vec<Vec<Action>>, String> {
        let endpoint = CerbosEndpoint::HostPort(self.host.as_str(), self.port);
        let options = CerbosClientOptions::new(endpoint).with_plaintext().with_timeout(TIMEOUT);
        let mut client = CerbosAsyncClient::new(options).await.map_err(|error| format!("{error:#}"))?;
        let names: Vec<&str> = actions.iter().map(|action| action.name()).collect();
        let resources = contacts.iter().fold(ResourceList::new(), |list, contact| {
            let owner = attr("ownerId", contact.owner_id.as_str());
            list.add(Resource::new(contact.id.as_str(), KIND).with_attributes([owner]), names.clone())
        });
        let principal = Principal::new(&caller.id, &caller.roles);
        let answer = client.check_resources(principal, resources, None);
        let answer = tokio::time::timeout(TIMEOUT, answer).await;
        let answer = answer.map_err(|_| format!("no answer within {TIMEOUT:?}"))?;
        let answer = answer.map_err(|error| format!("{error:#}"))?;
        let of = |contact: &Contact| {
            let found = answer.find(&contact.id).ok_or("a contact is missing in the answer")?;
            Ok(actions.iter().copied().filter(|action| found.is_allowed(action.name())).collect())
        };
        contacts.iter().map(of).collect()
    }
}
