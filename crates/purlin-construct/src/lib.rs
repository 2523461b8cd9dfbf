//! The construct tree, typed values, and synthesis to a cloud assembly.
//!
//! An [`App`] holds a tree of [`Scope`]s. Adding a [`Construct`] to a scope gives a handle; handles give
//! [`Value`]s, which are known only after deployment and are rendered as CloudFormation intrinsics.
//! Building a tree never fails: mistakes become [`Problem`]s, and [`App::synth`] returns all of them at once.
//!
//! ```
//! use purlin_construct::{App, CfnOutput, CfnParameter, CfnResource, Stack, sub};
//!
//! let app = App::new();
//! let stack = app.add("Greeting", Stack::props());
//! let name = stack.add("Name", CfnParameter::string().default("world"));
//! stack.add("Text", CfnOutput::new(sub!("hello {}", name.value())));
//! stack.add("Queue", CfnResource::new("AWS::SQS::Queue"));
//! let synthesis = app.synth().expect("the tree has no problems");
//! assert_eq!(synthesis.stacks[0].template["Outputs"]["Text"]["Value"]["Fn::Join"][1][0], "hello ");
//! ```
//!
//! The crate does no I/O, reads no clock and uses no randomness: the same tree gives the same bytes.

mod app;
mod asset;
mod cfn;
mod elements;
mod environment;
mod expr;
mod interpolate;
pub mod intrinsics;
mod logical_id;
mod merge;
mod node;
mod node_id;
mod overrides;
mod patch;
mod phase;
mod problem;
mod props;
mod reference;
mod reference_strength;
mod scope;
mod secret;
mod synth;
mod tags;
mod tree;
mod value;
mod value_type;
mod word;

pub use app::{App, Stack, StackProps, Stage, StageProps};
pub use asset::{DockerImageAsset, FileAsset, FileAssetLocation, Packaging};
#[doc(hidden)]
pub use cfn::debug_tuple;
pub use cfn::{CfnProperty, CfnResource};
pub use elements::{
    CfnCondition, CfnMapping, CfnOutput, CfnParameter, CfnRule, Condition, Mapping, Output, Parameter, Test,
};
pub use expr::{Expr, Key, Pseudo};
pub use interpolate::{Part, holes, interpolate};
pub use logical_id::{logical_id, unique_name};
pub use node::TagShape;
pub use node_id::NodeId;
pub use patch::Patch;
pub use phase::Phase;
pub use problem::{Problem, Severity};
pub use props::Props;
pub use purlin_assembly::Environment;
pub use reference::{Att, CfnType, Ref, RemovalPolicy};
pub use reference_strength::ReferenceStrength;
pub use scope::{Construct, HasScope, Scope};
pub use secret::SecretValue;
pub use synth::{Finding, Rendered, StackSynthesis, Synthesis};
pub use tags::CfnTag;
pub use value::{IntoValue, Json, Map, OrJson, Value};
pub use value_type::{Typed, ValueType};
pub use word::{CfnEnum, Word};
