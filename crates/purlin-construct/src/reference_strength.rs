//! How one stack refers to a value of another: by an export, which AWS protects, or by an output, which it does not.

use std::rc::Rc;

use serde_json::json;

use crate::expr::Expr;
use crate::scope::Scope;
use crate::value::Value;
use crate::{Stack, Typed};

/// The context key of the strength with which a stack refers to others, the CDK's.
pub(crate) const CONTEXT: &str = "@aws-cdk/core:defaultCrossStackReferences";

/// How a stack refers to a value of another stack. References within a region are [`Strong`](Self::Strong) unless chosen
/// otherwise; those to another region or account are always [`Weak`](Self::Weak).
///
/// AWS refuses to change or remove an export while a stack imports it: a producer that replaces the value, or an app that
/// removes producer and consumer together, needs two deployments. A weak reference is read when the consumer is deployed,
/// so it never stops a deployment, and the consumer has the old value until it is deployed again
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getstackoutput.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferenceStrength {
    /// `Export` and `Fn::ImportValue`.
    Strong,
    /// An output and `Fn::GetStackOutput`.
    Weak,
    /// The consumer reads the output, and the export stays: the step between strong and weak. Deploy with it everywhere,
    /// then choose weak.
    Both,
}

impl ReferenceStrength {
    const ALL: [(Self, &str); 3] = [(Self::Strong, "strong"), (Self::Weak, "weak"), (Self::Both, "both")];

    /// The strength that a context value names.
    pub(crate) fn named(value: &serde_json::Value) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, name)| *value == *name).map(|(strength, _)| strength)
    }

    fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(strength, _)| *strength == self).map_or("", |(_, name)| name)
    }
}

/// Values of a stack that are exported whether or not a stack imports them.
#[derive(Default)]
pub(crate) struct Exported(pub Vec<Expr>);

impl Scope {
    /// How other stacks refer to what is in this scope. It wins over what they choose.
    pub fn produce_references(&self, strength: ReferenceStrength) {
        self.set_extension(Rc::new(strength));
    }

    /// How the stacks in this scope, or this stack, refer to others. As a context value:
    /// `-c @aws-cdk/core:defaultCrossStackReferences=weak`.
    pub fn consume_references(&self, strength: ReferenceStrength) {
        self.set_context(CONTEXT, json!(strength.name()));
    }
}

impl Stack {
    /// Exports a `Ref` or an attribute of this stack's own, even if no stack imports it, under the name of an automatic
    /// export. A list is joined with `||`.
    ///
    /// To stop importing a value in an app that is deployed, call this in the producer and deploy; the consumer then does
    /// not import it any more. Remove the call and deploy again.
    pub fn export_value<T: Typed>(&self, value: &Value<T>) {
        let exported = self.extension::<Exported>();
        let mut all = exported.map_or_else(Vec::new, |known| known.0.clone());
        all.push(value.expr().clone());
        self.set_extension(Rc::new(Exported(all)));
    }
}
