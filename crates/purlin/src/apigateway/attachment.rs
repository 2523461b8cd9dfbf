//! The attachment of an authorizer to its API: the first that uses it.

use std::cell::RefCell;
use std::rc::Rc;

use purlin_cfn::apigateway::CfnAuthorizer;
use purlin_construct::{HasScope, IntoValue, Ref, Scope, Value};

use super::RestApi;

/// A raw authorizer, and the API it serves.
#[derive(Debug, Clone)]
pub(super) struct Attachment {
    cfn: Ref<CfnAuthorizer>,
    api: Rc<RefCell<Option<RestApi>>>,
}

impl Attachment {
    /// Declares an authorizer without an API. It is a problem if no method uses it.
    #[track_caller]
    pub fn declare(scope: &Scope, name: Option<Value<String>>, kind: &str) -> Self {
        let name = name.unwrap_or_else(|| scope.stack().unique_name_of(scope, "", LONGEST_NAME).into_value());
        let cfn = scope.add("Resource", CfnAuthorizer::new(name, Value::<String>::no_value(), kind));
        let api = Rc::new(RefCell::new(None::<RestApi>));
        let attached = Rc::clone(&api);
        scope.finally(move |scope| {
            if attached.borrow().is_none() {
                scope.error(
                    "the authorizer is not used by any method",
                    "add it to one, `Method::get(..).authorizer(&authorizer)`, or remove it",
                );
            }
        });
        Self { cfn, api }
    }

    pub fn cfn(&self) -> &Ref<CfnAuthorizer> {
        &self.cfn
    }

    /// The API it serves; none until a method uses it.
    pub fn api(&self) -> Option<RestApi> {
        self.api.borrow().clone()
    }

    /// Attaches the authorizer to the API. True if it was not attached before.
    pub fn attach(&self, api: &RestApi) -> bool {
        if let Some(known) = self.api() {
            if known.scope() != api.scope() {
                self.cfn.scope().error(
                    format!(
                        "the authorizer is used by methods of two APIs, `{}` and `{}`",
                        known.scope().path(),
                        api.scope().path()
                    ),
                    "add a second authorizer for the other API",
                );
            }
            return false;
        }
        self.cfn.update(|authorizer| authorizer.rest_api_id(api.id()));
        *self.api.borrow_mut() = Some(api.clone());
        true
    }
}

/// The longest name of an authorizer.
const LONGEST_NAME: usize = 128;
