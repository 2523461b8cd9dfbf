//! A place in the tree. Everything users do to the tree goes through here.

use std::any::TypeId;
use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::panic::Location;
use std::rc::Rc;

use crate::expr::Expr;
use crate::node::{Kind, ResourceData};
use crate::node_id::NodeId;
use crate::overrides;
use crate::patch::Patch;
use crate::problem::Severity;
use crate::tags;
use crate::tree::Tree;
use crate::value::IntoValue;

/// A recipe that, added to a scope, becomes a handle.
///
/// Users' own building blocks implement it too: a recipe struct with setters, and a handle struct.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not something you can add to a scope",
    label = "not a recipe",
    note = "did you pass a handle (say, a `Vpc`) where its recipe (`Vpc::props()`) was meant?"
)]
pub trait Construct {
    /// What adding the recipe gives.
    type Handle;

    /// Adds everything the construct is made of to its scope.
    fn build(self, scope: Scope) -> Self::Handle;
}

/// A place in the tree where constructs can be added. Cheap to clone; carries no lifetime.
#[derive(Clone)]
pub struct Scope {
    pub(crate) tree: Rc<RefCell<Tree>>,
    pub(crate) at: NodeId,
}

/// Handles, which all have a place in the tree.
pub trait HasScope {
    /// The construct's own scope.
    fn scope(&self) -> &Scope;
}

impl HasScope for Scope {
    fn scope(&self) -> &Scope {
        self
    }
}

impl<T: HasScope> HasScope for &T {
    fn scope(&self) -> &Scope {
        (**self).scope()
    }
}

/// Whether a source file belongs to this library, whose inner `add` calls are not what users wrote. The library's
/// crates lie beside this one, so that a user's own `purlin-shop/src` is not taken for one of them.
fn is_library_file(file: &str) -> bool {
    is_beside(file, file!())
}

fn is_beside(file: &str, own: &str) -> bool {
    let Some((folder, _)) = own.rsplit_once("purlin-construct") else { return false };
    let Some(rest) = file.strip_prefix(folder) else { return false };
    let mut parts = rest.split(['/', '\\']);
    let (Some(crate_dir), Some("src")) = (parts.next(), parts.next()) else { return false };
    // Where a registry's crates lie, folders are named with the version.
    let name = crate_dir.rsplit_once('-').filter(|(_, version)| version.starts_with(|c: char| c.is_ascii_digit()));
    LIBRARY.contains(&name.map_or(crate_dir, |(name, _)| name))
}

/// The crates that add constructs on behalf of users.
const LIBRARY: [&str; 3] = ["purlin", "purlin-cfn", "purlin-construct"];

impl Scope {
    /// Adds a construct and gives its handle.
    ///
    /// The id is a contract: it is part of logical ids, so changing it replaces resources. A `/` in it becomes `--`.
    #[track_caller]
    pub fn add<C: Construct>(&self, id: impl AsRef<str>, construct: C) -> C::Handle {
        let scope = self.child(id);
        scope.tree.borrow_mut()[scope.at].construct = std::any::type_name::<C>();
        construct.build(scope)
    }

    /// Adds a plain scope, to group constructs.
    #[track_caller]
    pub fn child(&self, id: impl AsRef<str>) -> Scope {
        let id = id.as_ref().replace('/', "--");
        let mut tree = self.tree.borrow_mut();
        let caller = Location::caller();
        let declared_at = if is_library_file(caller.file()) { tree[self.at].declared_at } else { caller };
        let twin = tree[self.at].children.iter().copied().find(|child| tree[*child].id == id);
        let at = tree.push(id.clone(), Some(self.at), declared_at, Kind::Construct);
        if let Some(twin) = twin {
            let first = tree[twin].declared_at;
            tree.report(
                at,
                Severity::Error,
                format!("the id `{id}` is used twice in the same scope"),
                format!("the first one is declared at {first}; give one of them another id"),
            );
        }
        if id.is_empty() {
            tree.report(
                at,
                Severity::Error,
                "a construct's id is empty".to_owned(),
                "give it an id of at least one letter or digit".to_owned(),
            );
        }
        Scope { tree: Rc::clone(&self.tree), at }
    }

    /// The scope at the same tree, another node.
    pub(crate) fn with(&self, at: NodeId) -> Scope {
        Scope { tree: Rc::clone(&self.tree), at }
    }

    /// The construct's id.
    pub fn id(&self) -> String {
        self.tree.borrow()[self.at].id.clone()
    }

    /// The construct's path, for example `Web/Vpc/PublicSubnet1`.
    pub fn path(&self) -> String {
        self.tree.borrow().path(self.at)
    }

    /// The node's identity, which [`Expr`]s refer to.
    pub fn node(&self) -> NodeId {
        self.at
    }

    /// The scope that contains this one; none for the app.
    pub fn parent(&self) -> Option<Scope> {
        self.tree.borrow()[self.at].parent.map(|at| self.with(at))
    }

    /// The root of the tree.
    pub fn root(&self) -> Scope {
        self.with(self.tree.borrow().root())
    }

    /// What has been added to this scope, in order.
    pub fn children(&self) -> Vec<Scope> {
        self.tree.borrow()[self.at].children.iter().map(|at| self.with(*at)).collect()
    }

    /// The child of this id, if there is one.
    pub fn try_child(&self, id: &str) -> Option<Scope> {
        let tree = self.tree.borrow();
        tree[self.at].children.iter().copied().find(|child| tree[*child].id == id).map(|at| self.with(at))
    }

    /// This scope and everything below it, in the order of declaration.
    pub fn descendants(&self) -> Vec<Scope> {
        self.tree.borrow().preorder(self.at).into_iter().map(|at| self.with(at)).collect()
    }

    /// The scope of a node that an expression refers to; none if it belongs to another app.
    pub fn scope_of(&self, node: NodeId) -> Option<Scope> {
        self.tree.borrow().owns(node).then(|| self.with(node))
    }

    /// Reports a mistake: synthesis will fail, with all of them at once.
    ///
    /// The message says what is wrong, what was given and what is allowed; the hint what to do.
    pub fn error(&self, message: impl Into<String>, hint: impl Into<String>) {
        self.tree.borrow_mut().report(self.at, Severity::Error, message.into(), hint.into());
    }

    /// Reports something that will probably surprise the user.
    pub fn warning(&self, message: impl Into<String>, hint: impl Into<String>) {
        self.tree.borrow_mut().report(self.at, Severity::Warning, message.into(), hint.into());
    }

    /// Reports something worth knowing.
    pub fn info(&self, message: impl Into<String>) {
        self.tree.borrow_mut().report(self.at, Severity::Info, message.into(), String::new());
    }

    /// Announces an automatic patch: gives `true` if it is to be applied, `false` if the user turned it off.
    ///
    /// `name` is what users turn it off by, `what` says what is done, `why` for what reason.
    pub fn patch(&self, name: &'static str, what: impl Into<String>, why: impl Into<String>) -> bool {
        if !self.patch_enabled(name) {
            return false;
        }
        let mut tree = self.tree.borrow_mut();
        let patch = Patch { name, path: tree.path(self.at), what: what.into(), why: why.into() };
        if !tree.patches.iter().any(|(_, known)| *known == patch) {
            tree.patches.push((self.at, patch));
        }
        true
    }

    /// Whether a patch has not been turned off here.
    pub fn patch_enabled(&self, name: &'static str) -> bool {
        let mut tree = self.tree.borrow_mut();
        tree.known_patches.insert(name);
        !tree.ancestors(self.at).any(|at| tree[at].without_patches.contains(name))
    }

    /// Turns an automatic patch off, here and below. `synth` lists the patches with their names.
    ///
    /// Call it before adding what the patch would apply to: afterwards it is a problem.
    pub fn without_patch(&self, name: &str) {
        let mut tree = self.tree.borrow_mut();
        tree[self.at].without_patches.insert(name.to_owned());
        let is_here =
            |(at, patch): &&(NodeId, Patch)| patch.name == name && tree.ancestors(*at).any(|it| it == self.at);
        if let Some((_, applied)) = tree.patches.iter().find(is_here) {
            let message =
                format!("the automatic patch `{name}` is turned off after it was applied to `{}`", applied.path);
            let hint = "call `without_patch` on a scope around it, before it is added".to_owned();
            tree.report(self.at, Severity::Error, message, hint);
        }
    }

    /// Tags everything below that can carry tags. What is set further inside wins.
    pub fn tag(&self, key: impl Into<String>, value: impl IntoValue<String>) {
        self.tree.borrow_mut()[self.at].tags.insert(key.into(), Some(value.into_value().into_expr()));
    }

    /// Takes a tag away that was set further outside.
    pub fn remove_tag(&self, key: impl Into<String>) {
        self.tree.borrow_mut()[self.at].tags.insert(key.into(), None);
    }

    /// The raw resources below that the tags of the scopes around them do not reach, with their types and the tags' keys.
    pub fn untagged(&self) -> Vec<(Scope, String, Vec<String>)> {
        let tree = self.tree.borrow();
        let untagged = |at: NodeId| {
            let resource = tree.resource(at).filter(|resource| resource.tags.is_none())?;
            // The names of generated types are constants.
            let Cow::Owned(kind) = &resource.type_name else { return None };
            let keys: Vec<String> = tags::inherited(&tree, at).into_keys().collect();
            (!keys.is_empty()).then(|| (self.with(at), kind.clone(), keys))
        };
        tree.preorder(self.at).into_iter().filter_map(untagged).collect()
    }

    /// Sets a context value, for this scope and below.
    pub fn set_context(&self, key: impl Into<String>, value: serde_json::Value) {
        self.tree.borrow_mut()[self.at].context.insert(key.into(), value);
    }

    /// A context value, set here or further outside (`cdk --context`, `CDK_CONTEXT_JSON`).
    pub fn context(&self, key: &str) -> Option<serde_json::Value> {
        let tree = self.tree.borrow();
        tree.ancestors(self.at).find_map(|at| tree[at].context.get(key).cloned())
    }

    /// Adds an entry to the assembly's metadata of this construct.
    pub fn metadata(&self, kind: impl Into<String>, data: serde_json::Value) {
        self.tree.borrow_mut()[self.at].metadata.push((kind.into(), data));
    }

    /// Everything in this scope is created after everything in `other`, and deleted before. What a resource refers to it
    /// waits for anyway, so of a construct that is not written into `DependsOn` once more.
    pub fn depends_on(&self, other: &impl HasScope) {
        let on = other.scope().at;
        self.tree.borrow_mut()[self.at].depends_on.push(on);
    }

    /// Keeps a value with this node, for passes that find the node again. A node has one value of each type; another of
    /// the same type replaces the first.
    pub fn set_extension<T: 'static>(&self, extension: Rc<T>) {
        self.tree.borrow_mut()[self.at].extensions.insert(TypeId::of::<T>(), extension);
    }

    /// The value of type `T` that [`set_extension`](Self::set_extension) keeps with this node.
    pub fn extension<T: 'static>(&self) -> Option<Rc<T>> {
        self.tree.borrow().extension(self.at)
    }

    /// The value of the whole tree of this type; its default until it is set.
    pub(crate) fn shared<T: Default + 'static>(&self) -> Rc<RefCell<T>> {
        let root = self.root();
        root.extension::<RefCell<T>>().unwrap_or_else(|| {
            let new = Rc::<RefCell<T>>::default();
            root.set_extension(Rc::clone(&new));
            new
        })
    }

    /// The CloudFormation type, if this is a resource.
    pub fn resource_type(&self) -> Option<String> {
        self.tree.borrow().resource(self.at).map(|resource| resource.type_name.to_string())
    }

    /// Whether this is a resource of this CloudFormation type.
    pub fn has_type(&self, name: &str) -> bool {
        self.tree.borrow().resource(self.at).is_some_and(|resource| resource.type_name == name)
    }

    /// A top-level property of this resource with its overrides, if it is a resource that has it.
    pub fn property(&self, name: &str) -> Option<Expr> {
        let tree = self.tree.borrow();
        let resource = tree.resource(self.at)?;
        let own = resource.props.get(name).cloned();
        if resource.overrides.is_empty() { own } else { overrides::applied(name, own, &resource.overrides) }
    }

    /// Whether this resource is created only under a condition.
    pub fn is_conditional(&self) -> bool {
        self.tree.borrow().resource(self.at).is_some_and(|resource| resource.condition.is_some())
    }

    /// Visits every expression of this resource, output or condition, overrides included. Do not change the tree meanwhile.
    pub fn visit_expressions(&self, mut visit: impl FnMut(&Expr)) {
        let tree = self.tree.borrow();
        for expr in crate::synth::expressions(&tree, self.at) {
            expr.walk(&mut visit);
        }
    }

    /// Sets a property of this resource by its path, for example `LoadBalancerAttributes.0.Value`; the untyped way out.
    /// A dot within a name is written `\.`. Reports a problem where this is no resource.
    pub fn override_property(&self, path: &str, value: impl Into<Expr>) {
        self.override_at(&format!("Properties.{path}"), Some(value.into()));
    }

    /// Removes a property of this resource by its path.
    pub fn delete_property(&self, path: &str) {
        self.override_at(&format!("Properties.{path}"), None);
    }

    /// Sets or removes anything below this resource by its path, for example `DeletionPolicy`.
    pub fn override_at(&self, path: &str, value: Option<Expr>) {
        let is_resource = self.edit_resource(|resource| resource.overrides.push((path.to_owned(), value)));
        if !is_resource {
            self.error(
                format!("`{}` is not a resource, so `{path}` cannot be overridden", self.path()),
                "override the resource inside it: every construct gives its raw resource by `cfn()`",
            );
        }
    }

    /// Lets a property of this resource pass although AWS's schema has something against it; the empty path is the
    /// whole resource. It holds for this resource alone. Reports a problem where this is no resource.
    pub fn unchecked(&self, path: &str) {
        let is_resource = self.edit_resource(|resource| resource.unchecked.push(path.to_owned()));
        if !is_resource {
            self.error(
                format!("`{}` is not a resource, so nothing of it can be left unchecked", self.path()),
                "call `unchecked` on the resource inside it: every construct gives its raw resource by `cfn()`",
            );
        }
    }

    /// Changes the resource; gives whether this is one.
    fn edit_resource(&self, change: impl FnOnce(&mut ResourceData)) -> bool {
        self.tree.borrow_mut().resource_mut(self.at).map(change).is_some()
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.tree.try_borrow() {
            Ok(tree) => write!(f, "Scope({})", tree.path(self.at)),
            Err(_) => f.write_str("Scope(..)"),
        }
    }
}

impl PartialEq for Scope {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

#[cfg(test)]
mod tests {
    use super::is_beside;

    #[test]
    fn knows_the_library_from_users_files() {
        let workspace = "crates/purlin-construct/src/scope.rs";
        let windows = "crates\\purlin-construct\\src\\scope.rs";
        let registry = "/root/.cargo/registry/src/index-1/purlin-construct-0.1.0/src/scope.rs";
        let cases = [
            (workspace, "crates/purlin/src/ec2/vpc.rs", true),
            (windows, "crates\\purlin-construct\\src\\scope.rs", true),
            (registry, "/root/.cargo/registry/src/index-1/purlin-0.1.0/src/lib.rs", true),
            (workspace, "stacks/src/cognito_alb_fargate.rs", false),
            (workspace, "crates/purlin/tests/all.rs", false),
            (registry, "/home/purlin/app/src/main.rs", false),
            (registry, "/home/me/purlin-shop/src/main.rs", false),
            (registry, "purlin/src/main.rs", false),
            (registry, "/root/.cargo/registry/src/index-1/purlin-extras-1.0.0/src/lib.rs", false),
        ];
        for (own, file, expect) in cases {
            assert_eq!(is_beside(file, own), expect, "{file}");
        }
    }
}
