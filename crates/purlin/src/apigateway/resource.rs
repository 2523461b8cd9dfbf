//! Resources of an API, which are its paths.

use purlin_cfn::apigateway::CfnResource;
use purlin_construct::{HasScope, Ref, Scope, Value};

use super::method_build::OnResource;
use super::{Cors, Integration, Method, MethodProps, NoAuthorization, RestApi, cors};

/// A path of an API, to which methods and further paths are added.
#[derive(Debug, Clone)]
pub struct Resource {
    pub(super) scope: Scope,
    pub(super) api: RestApi,
    pub(super) path: String,
    pub(super) id: Value<String>,
}

impl Resource {
    /// The API it belongs to.
    pub fn api(&self) -> &RestApi {
        &self.api
    }

    /// The path from the root, such as `/orders/{id}`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The resource's id.
    pub fn id(&self) -> Value<String> {
        self.id.clone()
    }

    /// The raw resource; none for the root.
    pub fn cfn(&self) -> Option<Ref<CfnResource>> {
        self.api.shared.resource(&self.path)
    }

    /// Adds a resource below this one: a name, a variable `{id}`, or `{rest+}` for everything below.
    ///
    /// A duplicate is a problem; [`resource_for_path`](Self::resource_for_path) returns an existing one.
    #[track_caller]
    pub fn add_resource(&self, part: &str) -> Self {
        let scope = self.scope.child(part);
        self.check_part(&scope, part);
        let cfn = scope.add("Resource", CfnResource::new(self.id(), part, self.api.id()));
        let path = self.path_below(part);
        self.api.shared.add_resource(&path, &cfn);
        let resource = Self { id: cfn.id(), scope, api: self.api.clone(), path };
        resource.add_default_cors();
        resource
    }

    /// The resource of this name directly below, if it was added.
    pub fn resource(&self, part: &str) -> Option<Self> {
        let path = self.path_below(part);
        let cfn = self.api.shared.resource(&path)?;
        Some(Self { scope: self.scope.try_child(part)?, api: self.api.clone(), id: cfn.id(), path })
    }

    /// The resource at a path below this one, such as `orders/{id}`; missing parts are added.
    #[track_caller]
    pub fn resource_for_path(&self, path: &str) -> Self {
        let mut resource = self.clone();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            resource = match resource.resource(part) {
                Some(known) => known,
                None => resource.add_resource(part),
            };
        }
        resource
    }

    /// Adds a method. A second one for the same HTTP method is a problem.
    #[track_caller]
    pub fn add_method<A>(&self, method: MethodProps<A>) -> Method<A> {
        self.scope.add(method.verb.as_str(), OnResource { method, resource: self.clone() })
    }

    /// Adds `{proxy+}` below, with a method for every HTTP method: all paths below without their own declaration go to the
    /// integration. The resource's own path does not.
    #[track_caller]
    pub fn add_proxy<K>(&self, integration: Integration<K>) -> Self {
        let proxy = self.add_resource("{proxy+}");
        proxy.add_method(Method::any(integration));
        proxy
    }

    /// Allows pages of other origins to call the resource: adds the method `OPTIONS` for preflight requests.
    #[track_caller]
    pub fn add_cors_preflight(&self, cors: &Cors) -> Method<NoAuthorization> {
        self.api.shared.add_cors(cors);
        cors::add_preflight(self, cors)
    }

    #[track_caller]
    pub(super) fn add_default_cors(&self) {
        if let Some(cors) = self.api.shared.default_cors() {
            self.add_cors_preflight(cors);
        }
    }

    fn path_below(&self, part: &str) -> String {
        format!("{}/{part}", self.path.trim_end_matches('/'))
    }

    /// Reports parts that API Gateway refuses
    /// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html>).
    fn check_part(&self, scope: &Scope, part: &str) {
        let variable = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        let name = variable.map_or(part, |name| name.strip_suffix('+').unwrap_or(name));
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._-:".contains(c);
        if name.is_empty() || !name.chars().all(|c| allowed(c) || variable.is_none() && "$,".contains(c)) {
            scope.error(
                format!(
                    "`{part}` is not a part of a path, but AWS takes letters, digits and `._-:$,`, in braces for a variable, \
                     with a `+` at its end for the rest of the path"
                ),
                "add one resource for each part, or the full path with `resource_for_path(\"orders/{id}\")`",
            );
        }
        if self.path.ends_with("+}") {
            scope.error(
                format!("`{part}` cannot be below `{}`, which matches the rest of the path", self.path),
                "add it to the parent of the variable",
            );
        }
        if variable.is_some()
            && let Some(twin) = self.api.shared.variable_below(&self.path)
        {
            scope.error(
                format!("`{}` and `{twin}` are both variables of the same path", self.path_below(part)),
                "use the same name for both: a path has one variable at a position",
            );
        }
    }
}

impl HasScope for Resource {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}
