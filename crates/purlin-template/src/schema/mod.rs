//! CloudFormation's registry of resource types: properties, limits, replacement, permissions.
//!
//! The database is part of the program, 1.9 MB of it (8.1 MB unpacked), and costs nothing until a type is looked up. The
//! first lookup of a type unpacks that type alone, in about 0.3 ms; `cargo bench -p purlin-template` measures it. The
//! sentences about types are another 1.3 MB, in programs that ask for them.
//!
//! ```
//! use purlin_template::ResourceType;
//!
//! let queue = ResourceType::find("AWS::SQS::Queue").expect("the registry has queues");
//! assert_eq!(queue.create_only().collect::<Vec<_>>(), ["FifoQueue", "QueueName"]);
//! assert!(queue.permissions("create").any(|action| action == "sqs:CreateQueue"));
//! ```

mod archive;
pub(crate) mod iam;
mod resource_type;
mod sentences;
mod words;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use archive::Archive;

pub use resource_type::{Property, Replacement, ResourceType};
pub(crate) use resource_type::{entries, texts};
pub use sentences::Sentences;

static REGISTRY: LazyLock<Archive> = LazyLock::new(|| Archive::new(include_bytes!("registry.bin")));
static READ: Mutex<BTreeMap<&'static str, Arc<ResourceType>>> = Mutex::new(BTreeMap::new());

impl ResourceType {
    /// The type of this name, unless it is newer than the database or not AWS's.
    pub fn find(name: &str) -> Option<Arc<Self>> {
        let name = REGISTRY.name(name).filter(|name| !name.is_empty())?;
        let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = read.get(name) {
            return Some(Arc::clone(found));
        }
        let found = Arc::new(Self::new(name, REGISTRY.document(name)?));
        read.insert(name, Arc::clone(&found));
        Some(found)
    }

    /// The names of all types, in order.
    pub fn names() -> impl Iterator<Item = &'static str> {
        REGISTRY.names().filter(|name| !name.is_empty())
    }

    /// The day the registry was read, `2026-10-20`: what AWS added later is missing.
    pub fn dated() -> String {
        let header = REGISTRY.document("").unwrap_or_default();
        header["dated"].as_str().unwrap_or_default().to_owned()
    }
}
