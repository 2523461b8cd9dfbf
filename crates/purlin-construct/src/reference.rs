//! A typed reference to a declared resource: its id, its attributes, and every override of the raw resource.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use crate::cfn::{CfnType, TagShape};
use crate::elements::Condition;
use crate::expr::{Expr, Key};
use crate::props::Props;
use crate::scope::{HasScope, Scope};
use crate::tree::{Kind, ResourceData};
use crate::value::{IntoValue, Json, Value};

/// What happens to a resource that leaves the stack, or whose stack is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemovalPolicy {
    /// It is deleted.
    Destroy,
    /// It stays in the account, without a stack.
    Retain,
    /// It is deleted after a snapshot, where the type has snapshots.
    Snapshot,
    /// It stays, except when it was created by a deployment that failed.
    RetainOnUpdateOrDelete,
}

/// A typed reference to a declared resource.
pub struct Ref<R> {
    scope: Scope,
    of: PhantomData<fn() -> R>,
}

/// An attribute of `R` that `Fn::GetAtt` returns as a `T`.
#[derive(Debug, Clone, Copy)]
pub struct Att<R, T> {
    name: &'static str,
    of: PhantomData<fn() -> (R, T)>,
}

impl<R, T> Att<R, T> {
    /// An attribute by CloudFormation's name.
    pub const fn new(name: &'static str) -> Self {
        Self { name, of: PhantomData }
    }

    /// CloudFormation's name of it.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl<R> Ref<R> {
    /// Makes the scope a resource of this type.
    pub fn declare(scope: Scope, type_name: impl Into<Key>, tags: Option<TagShape>, props: Props) -> Self {
        let resource = ResourceData {
            type_name: type_name.into(),
            tags,
            props,
            overrides: Vec::new(),
            condition: None,
            deletion_policy: None,
            update_replace_policy: None,
            creation_policy: None,
            update_policy: None,
            metadata: std::collections::BTreeMap::new(),
            unchecked: Vec::new(),
            logical_id: None,
            follows: Vec::new(),
        };
        scope.tree.borrow_mut()[scope.at].kind = Kind::Resource(Box::new(resource));
        Self { scope, of: PhantomData }
    }

    /// What `Ref` returns for this type: a name, an id or an ARN; the type's documentation says which.
    pub fn id(&self) -> Value<String> {
        Value::new(Expr::Ref(self.scope.at))
    }

    /// An attribute of the resource (`Fn::GetAtt`).
    pub fn att<T>(&self, att: Att<R, T>) -> Value<T> {
        Value::new(Expr::Att(self.scope.at, Cow::Borrowed(att.name)))
    }

    /// An attribute by its name, where the generated table has none; `cast` it where it is no text.
    pub fn get_att(&self, name: impl Into<Key>) -> Value<String> {
        Value::new(Expr::Att(self.scope.at, name.into()))
    }

    pub(crate) fn edit(&self, change: impl FnOnce(&mut ResourceData)) -> &Self {
        let mut tree = self.scope.tree.borrow_mut();
        change(tree.resource_mut(self.scope.at).expect("`declare` made the scope a resource"));
        drop(tree);
        self
    }

    /// Creates the resource only if the condition holds.
    pub fn condition(&self, condition: &Condition) -> &Self {
        let node = Some(condition.node());
        self.edit(|resource| resource.condition = node)
    }

    /// What happens to the resource when it is removed or replaced.
    pub fn removal_policy(&self, policy: RemovalPolicy) -> &Self {
        let (deletion, replace) = match policy {
            RemovalPolicy::Destroy => ("Delete", "Delete"),
            RemovalPolicy::Retain => ("Retain", "Retain"),
            RemovalPolicy::Snapshot => ("Snapshot", "Snapshot"),
            RemovalPolicy::RetainOnUpdateOrDelete => ("RetainExceptOnCreate", "Retain"),
        };
        self.edit(|resource| {
            resource.deletion_policy = Some(deletion);
            resource.update_replace_policy = Some(replace);
        })
    }

    /// The `CreationPolicy` attribute.
    pub fn creation_policy(&self, policy: impl IntoValue<Json>) -> &Self {
        let policy = policy.into_value().into_expr();
        self.edit(|resource| resource.creation_policy = Some(policy))
    }

    /// The `UpdatePolicy` attribute.
    pub fn update_policy(&self, policy: impl IntoValue<Json>) -> &Self {
        let policy = policy.into_value().into_expr();
        self.edit(|resource| resource.update_policy = Some(policy))
    }

    /// Adds to the `Metadata` of the resource.
    pub fn metadata(&self, key: impl Into<String>, value: impl Into<Expr>) -> &Self {
        let (key, value) = (key.into(), value.into());
        self.edit(|resource| drop(resource.metadata.insert(key, value)))
    }

    /// Gives the resource a logical id of the user's choice instead of the derived one.
    pub fn override_logical_id(&self, logical_id: impl Into<String>) -> &Self {
        let logical_id = logical_id.into();
        self.edit(|resource| resource.logical_id = Some(logical_id))
    }

    /// Replaces this resource whenever a resource in `other` changes: its logical id ends with a hash of their content.
    ///
    /// For resources that are a snapshot of others, such as a deployment of an API.
    pub fn replaced_with(&self, other: &impl HasScope) -> &Self {
        let other = other.scope().at;
        self.edit(|resource| resource.follows.push(other))
    }

    /// Sets a property by its path, untyped: `override_property("LoadBalancerAttributes.0.Value", "60")`.
    pub fn override_property(&self, path: &str, value: impl Into<Expr>) -> &Self {
        self.scope.override_property(path, value);
        self
    }

    /// Removes a property by its path.
    pub fn delete_property(&self, path: &str) -> &Self {
        self.scope.delete_property(path);
        self
    }

    /// Lets a property pass although AWS's schema has something against it, for example because the schema is older
    /// than the service: `unchecked("NetworkConfiguration.AwsvpcConfiguration")`. The template stays as it is.
    ///
    /// What is below the property is let pass too. A number stands for an item of a list, all items where it is left
    /// out; a dot within a name is written `\.`.
    pub fn unchecked(&self, path: &str) -> &Self {
        self.scope.unchecked(path);
        self
    }

    /// Lets the whole resource pass, whatever AWS's schema has against it.
    pub fn unchecked_entirely(&self) -> &Self {
        self.unchecked("")
    }

    /// Sets anything of the resource by its path, for example `override_at("DeletionPolicy", "Retain")`, where no method
    /// knows it.
    pub fn override_at(&self, path: &str, value: impl Into<Expr>) -> &Self {
        self.scope.override_at(path, Some(value.into()));
        self
    }

    /// Removes anything of the resource by its path.
    pub fn delete_at(&self, path: &str) -> &Self {
        self.scope.override_at(path, None);
        self
    }

    /// Creates this resource after everything in `other`, and deletes it before.
    pub fn depends_on(&self, other: &impl HasScope) -> &Self {
        self.scope.depends_on(other);
        self
    }

    /// Appends an item to a list property, by CloudFormation's name of the property.
    ///
    /// Reports a problem where the property holds a reference instead of a list.
    pub fn append(&self, property: &str, item: impl Into<Expr>) -> &Self {
        let item = item.into();
        let mut tree = self.scope.tree.borrow_mut();
        let resource = tree.resource_mut(self.scope.at).expect("`declare` made the scope a resource");
        match resource.props.entry(property) {
            Expr::List(items) => items.push(item),
            empty @ Expr::Null => *empty = Expr::List(vec![item]),
            _ => {
                drop(tree);
                self.scope.error(
                    format!("cannot append to `{property}`: it holds a reference, not a list"),
                    "set the whole list at once, with the override of the raw resource",
                );
            }
        }
        self
    }
}

impl<R: CfnType> Ref<R> {
    /// Changes properties after declaration, typed: `service.cfn().update(|s| s.desired_count(2))`.
    pub fn update(&self, change: impl FnOnce(R) -> R) -> &Self {
        let mut props = Props::new();
        self.edit(|resource| props = std::mem::take(&mut resource.props));
        let changed = change(R::from_props(props)).into_props();
        self.edit(|resource| resource.props = changed)
    }
}

impl<R> HasScope for Ref<R> {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

impl<R> Clone for Ref<R> {
    fn clone(&self) -> Self {
        Self { scope: self.scope.clone(), of: PhantomData }
    }
}

impl<R> fmt::Debug for Ref<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ref({:?})", self.scope)
    }
}
