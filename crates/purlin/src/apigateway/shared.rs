//! What the handles of one API know together.

use std::cell::RefCell;
use std::collections::BTreeMap;

use purlin_cfn::apigateway::CfnResource;
use purlin_construct::{Ref, Scope};

/// The resources of an API, and its methods that require a key.
#[derive(Debug, Default)]
pub(super) struct Shared {
    resources: RefCell<BTreeMap<String, Ref<CfnResource>>>,
    needs_key: RefCell<Vec<Scope>>,
}

impl Shared {
    /// The resource at a path, if it was added.
    pub fn resource(&self, path: &str) -> Option<Ref<CfnResource>> {
        self.resources.borrow().get(path).cloned()
    }

    pub fn add_resource(&self, path: &str, resource: &Ref<CfnResource>) {
        self.resources.borrow_mut().insert(path.to_owned(), resource.clone());
    }

    /// The path of another resource whose name is a variable, below the same parent.
    pub fn variable_below(&self, parent: &str) -> Option<String> {
        let resources = self.resources.borrow();
        let mut below = resources.keys().filter_map(|path| Some((path, below(path, parent)?)));
        below.find(|(_, part)| part.starts_with('{')).map(|(path, _)| path.clone())
    }

    pub fn add_needs_key(&self, method: &Scope) {
        self.needs_key.borrow_mut().push(method.clone());
    }

    /// The methods that require a key.
    pub fn needs_key(&self) -> Vec<Scope> {
        self.needs_key.borrow().clone()
    }
}

/// The name of a resource directly below a parent.
fn below<'a>(path: &'a str, parent: &str) -> Option<&'a str> {
    let part = path.strip_prefix(parent.trim_end_matches('/'))?.strip_prefix('/')?;
    (!part.is_empty() && !part.contains('/')).then_some(part)
}
