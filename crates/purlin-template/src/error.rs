//! Why a text is not a template, always with the place in it.

use crate::node::Position;

/// A document that cannot be read as a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// The text is neither YAML nor JSON.
    #[error("the document is not valid {format} at `{at}`: {detail}")]
    Syntax {
        /// `YAML` or `JSON`.
        format: &'static str,
        /// Where reading stopped.
        at: Position,
        /// What was found there.
        detail: String,
    },
    /// A mapping names the same key twice; CloudFormation would keep one of them silently.
    #[error(
        "the key `{key}` is given twice in one mapping, at `{first}` and at `{second}`; remove or rename one of them"
    )]
    DuplicateKey {
        /// The key.
        key: String,
        /// Its first place.
        first: Position,
        /// Its second place.
        second: Position,
    },
    /// A key is something else than text.
    #[error("the key at `{at}` is {found}, and keys of a template are text; write it as text, in quotes if needed")]
    KeyNotText {
        /// Where the key stands.
        at: Position,
        /// What it is.
        found: &'static str,
    },
    /// A tag that is no intrinsic function.
    #[error("the tag `{tag}` at `{at}` is not a CloudFormation function{}; CloudFormation knows {}",
        .suggestion.as_ref().map(|name| format!(", did you mean `{name}`?")).unwrap_or_default(),
        crate::intrinsics::known_tags())]
    UnknownTag {
        /// The tag as written.
        tag: String,
        /// Where it stands.
        at: Position,
        /// The function it resembles.
        suggestion: Option<String>,
    },
    /// A tag of YAML itself that CloudFormation does not support.
    #[error(
        "the YAML tag `{tag}` at `{at}` is not supported by CloudFormation; write the value as text, a list or a mapping"
    )]
    UnsupportedTag {
        /// The tag as written.
        tag: String,
        /// Where it stands.
        at: Position,
    },
    /// A `!GetAtt` that does not name a resource and an attribute.
    #[error("`!GetAtt {given}` at `{at}` names no attribute; write `!GetAtt LogicalId.Attribute`")]
    GetAttShape {
        /// What follows the tag.
        given: String,
        /// Where it stands.
        at: Position,
    },
    /// A merge key whose value is not made of mappings.
    #[error("the merge key `<<` at `{at}` holds {found}; it takes an alias to a mapping, or a list of such aliases")]
    MergeShape {
        /// Where the key stands.
        at: Position,
        /// What it is.
        found: &'static str,
    },
    /// An alias inside the value that it names.
    #[error("the alias at `{at}` stands inside the value it names; a template cannot contain itself")]
    AliasInsideItself {
        /// Where the alias stands.
        at: Position,
    },
    /// Aliases of aliases that grow without sense.
    #[error("expanding the aliases up to `{at}` copies more than {limit} values; write fewer aliases of aliases")]
    TooManyAliases {
        /// The alias that went over the limit.
        at: Position,
        /// The limit.
        limit: usize,
    },
    /// Nesting that no template has.
    #[error("the values at `{at}` are nested deeper than {limit} levels; flatten the document")]
    TooDeep {
        /// Where the limit was passed.
        at: Position,
        /// The limit.
        limit: usize,
    },
    /// More than one YAML document in the text.
    #[error(
        "a second YAML document starts at `{at}`; a template is one document, so remove the `---` or split the file"
    )]
    SeveralDocuments {
        /// Where the second one starts.
        at: Position,
    },
    /// A section that is not what CloudFormation expects there.
    #[error(
        "`{what}` at `{at}` is {found}, but {expected} belongs there; see the template anatomy in the CloudFormation user guide"
    )]
    Shape {
        /// The path of the value, as in `Resources/Queue/Type`.
        what: String,
        /// Where it stands.
        at: Position,
        /// What it is.
        found: &'static str,
        /// What it should be.
        expected: &'static str,
    },
}
