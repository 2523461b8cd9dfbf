//! The state that all handles of an API share.

use std::cell::RefCell;
use std::collections::BTreeMap;

use purlin_cfn::apigateway::{CfnGatewayResponse, CfnResource};
use purlin_construct::{NodeId, Ref, Scope};

use super::Cors;

/// The resources of an API, its methods that require a key, and its gateway responses.
#[derive(Debug, Default)]
pub(super) struct Shared {
    resources: RefCell<BTreeMap<String, Ref<CfnResource>>>,
    needs_key: RefCell<Vec<Scope>>,
    permissions: RefCell<BTreeMap<NodeId, (Scope, usize)>>,
    responses: RefCell<BTreeMap<String, Ref<CfnGatewayResponse>>>,
    cors: RefCell<Option<Cors>>,
    default_cors: Option<Cors>,
}

impl Shared {
    pub fn new(default_cors: Option<Cors>) -> Self {
        Self { default_cors, ..Self::default() }
    }

    /// The CORS rules of every resource.
    pub fn default_cors(&self) -> Option<&Cors> {
        self.default_cors.as_ref()
    }

    /// Sets the CORS rules of the API, unless they are set.
    pub fn add_cors(&self, cors: &Cors) {
        self.cors.borrow_mut().get_or_insert_with(|| cors.clone());
    }

    /// The CORS rules that were set first.
    pub fn cors(&self) -> Option<Cors> {
        self.cors.borrow().clone()
    }

    /// Adds a gateway response; returns an earlier one of its type.
    pub fn add_gateway_response(
        &self,
        kind: &str,
        response: &Ref<CfnGatewayResponse>,
    ) -> Option<Ref<CfnGatewayResponse>> {
        self.responses.borrow_mut().insert(kind.to_owned(), response.clone())
    }

    pub fn gateway_response(&self, kind: &str) -> Option<Ref<CfnGatewayResponse>> {
        self.responses.borrow().get(kind).cloned()
    }

    /// The gateway responses, by their types.
    pub fn gateway_responses(&self) -> BTreeMap<String, Ref<CfnGatewayResponse>> {
        self.responses.borrow().clone()
    }

    /// The resource at a path, if it was added.
    pub fn resource(&self, path: &str) -> Option<Ref<CfnResource>> {
        self.resources.borrow().get(path).cloned()
    }

    pub fn add_resource(&self, path: &str, resource: &Ref<CfnResource>) {
        self.resources.borrow_mut().insert(path.to_owned(), resource.clone());
    }

    /// The path of another resource below the same parent whose name is a variable.
    pub fn variable_below(&self, parent: &str) -> Option<String> {
        let resources = self.resources.borrow();
        let mut below = resources.keys().filter_map(|path| Some((path, below(path, parent)?)));
        below.find(|(_, part)| part.starts_with('{')).map(|(path, _)| path.clone())
    }

    /// Counts a permission of a function.
    pub fn add_permission(&self, function: &Scope) {
        self.permissions.borrow_mut().entry(function.node()).or_insert_with(|| (function.clone(), 0)).1 += 1;
    }

    /// The functions that methods invoke, with the number of their permissions.
    pub fn permissions(&self) -> Vec<(Scope, usize)> {
        self.permissions.borrow().values().cloned().collect()
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
