//! What the tree holds for each node.

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::Location;
use std::rc::Rc;

use purlin_assembly::Environment;

use crate::expr::{Expr, Key};
use crate::node_id::NodeId;
use crate::props::Props;
use crate::value_type::ValueType;

pub(crate) struct Node {
    pub id: String,
    pub parent: Option<NodeId>,
    pub children: Vec<NodeId>,
    pub kind: Kind,
    pub construct: &'static str,
    pub declared_at: &'static Location<'static>,
    pub tags: BTreeMap<String, Option<Expr>>,
    pub metadata: Vec<(String, serde_json::Value)>,
    pub context: BTreeMap<String, serde_json::Value>,
    pub without_patches: BTreeSet<String>,
    pub depends_on: Vec<NodeId>,
    pub extensions: BTreeMap<TypeId, Rc<dyn Any>>,
}

pub(crate) enum Kind {
    Construct,
    App,
    Stage(Environment),
    Stack(Box<StackData>),
    Resource(Box<ResourceData>),
    Parameter(ParameterData),
    Mapping(MappingData),
    Condition(Expr),
    Output(OutputData),
    Rule(RuleData),
}

pub(crate) struct ResourceData {
    pub type_name: Cow<'static, str>,
    pub tags: Option<TagShape>,
    pub props: Props,
    /// Overrides below the resource, as the CDK's `addOverride`: dotted path, and a value or a deletion.
    pub overrides: Vec<(String, Option<Expr>)>,
    pub condition: Option<NodeId>,
    pub deletion_policy: Option<&'static str>,
    pub update_replace_policy: Option<&'static str>,
    pub creation_policy: Option<Expr>,
    pub update_policy: Option<Expr>,
    pub metadata: BTreeMap<String, Expr>,
    /// The kinds of its attributes that are used and are no texts.
    pub attributes: BTreeMap<Key, ValueType>,
    /// The properties that are not held against AWS's schema, by their paths; the empty one is the whole resource.
    pub unchecked: Vec<String>,
    pub logical_id: Option<String>,
    /// The resources whose content ends the logical id, so that a change of any replaces this one.
    pub follows: Vec<NodeId>,
}

pub(crate) struct StackData {
    pub name: String,
    pub environment: Environment,
    pub description: Option<String>,
    pub termination_protection: bool,
    pub notification_arns: Option<Vec<String>>,
    pub qualifier: String,
    pub metadata: BTreeMap<String, Expr>,
    pub transforms: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct ParameterData(pub BTreeMap<Key, Expr>);

#[derive(Debug, Clone, Default)]
pub(crate) struct MappingData(pub BTreeMap<String, BTreeMap<String, Expr>>);

#[derive(Debug, Clone)]
pub(crate) struct OutputData {
    pub value: Expr,
    pub description: Option<String>,
    pub export: Option<Expr>,
    pub condition: Option<NodeId>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct RuleData {
    pub condition: Option<Expr>,
    pub assertions: Vec<(Expr, String)>,
}

/// How a resource type takes its tags: the shape, and the name of the property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagShape {
    /// `[{Key, Value}, ..]`.
    List(&'static str),
    /// `{key: value, ..}`.
    Map(&'static str),
    /// `[{Key, Value, PropagateAtLaunch}, ..]`, as auto-scaling groups have it.
    AutoScaling(&'static str),
    /// `{Items: [{Key, Value}, ..]}`, as lists of anycast addresses of CloudFront have it.
    Items(&'static str),
}

impl TagShape {
    /// The name of the property that carries the tags.
    #[must_use]
    pub const fn property(self) -> &'static str {
        match self {
            Self::List(name) | Self::Map(name) | Self::AutoScaling(name) | Self::Items(name) => name,
        }
    }
}
