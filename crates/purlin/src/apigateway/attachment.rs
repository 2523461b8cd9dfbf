//! Ties an authorizer to the API that uses it first: it belongs to one.

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
    /// Declares an authorizer of no API yet; one that stays so is a problem.
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
                    "give it to one, `Method::get(..).authorizer(&authorizer)`, or remove it",
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

    /// Gives the authorizer's id. True where this is what ties it to the API.
    pub fn attach(&self, api: &RestApi) -> bool {
        if let Some(known) = self.api() {
            if known.scope() != api.scope() {
                self.cfn.scope().error(
                    format!(
                        "the authorizer is given to methods of two APIs, `{}` and `{}`",
                        known.scope().path(),
                        api.scope().path()
                    ),
                    "an authorizer belongs to one API: add a second one for the other",
                );
            }
            return false;
        }
        self.cfn.update(|authorizer| authorizer.rest_api_id(api.id()));
        *self.api.borrow_mut() = Some(api.clone());
        true
    }
}

/// API Gateway takes no longer names.
const LONGEST_NAME: usize = 128;
