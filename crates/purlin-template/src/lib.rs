//! CloudFormation templates as data: reading YAML and JSON with positions, writing YAML, the resource graph.
//!
//! A template is read the way CloudFormation reads it (YAML 1.1 with its exceptions), whichever tool wrote it:
//!
//! ```
//! use purlin_template::Template;
//!
//! let template = Template::parse(
//!     "
//! Resources:
//!   Topic:
//!     Type: AWS::SNS::Topic
//!   Alarm:
//!     Type: AWS::CloudWatch::Alarm
//!     Properties:
//!       AlarmActions: [!Ref Topic]
//! ",
//! )?;
//! assert_eq!(template.dependencies("Alarm"), ["Topic"]);
//! assert!(template.problems().is_empty());
//! # Ok::<(), purlin_template::TemplateError>(())
//! ```
//!
//! and written so that every reader agrees on what it says:
//!
//! ```
//! let yaml = purlin_template::to_yaml(&serde_json::json!({"Version": "2012-10-17", "Bucket": {"Ref": "Logs"}}));
//! assert_eq!(yaml, "Version: \"2012-10-17\"\nBucket: !Ref Logs\n");
//! ```

mod broadening;
mod emit;
mod error;
mod graph;
mod intrinsics;
mod json;
mod lint;
mod nearest;
mod node;
mod problems;
mod references;
mod scalar;
mod schema;
mod template;
mod transforms;
mod values;
mod yaml;

pub use broadening::{Broadening, broadening};
pub use emit::to_yaml;
pub use error::TemplateError;
pub use graph::{Cycle, Graph};
pub use lint::{SchemaProblem, Unchecked, Violation};
pub use nearest::nearest;
pub use node::{Entry, Mapping, Node, Position, Span, Spanned};
pub use problems::{Fault, Place, TemplateProblem};
pub use references::{Reference, StackOutput, Target, Via};
pub use schema::{Property, Replacement, ResourceType, Sentences};
pub use template::{Output, Parameter, Resource, Template};
pub use values::{Values, is_hidden, known_parameters};

/// Reads a JSON or YAML document, resolving CloudFormation's short tags to their long forms.
///
/// Text that starts with `{` is taken for JSON first, as CloudFormation's own output is.
pub fn load(text: &str) -> Result<Spanned, TemplateError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !text.trim_start().starts_with('{') {
        return yaml::load(text);
    }
    // A YAML document may start with a flow mapping, so a text that is not JSON gets a second chance.
    json::load(text).or_else(|error| match error {
        TemplateError::Syntax { .. } => yaml::load(text).map_err(|_| error),
        other => Err(other),
    })
}
