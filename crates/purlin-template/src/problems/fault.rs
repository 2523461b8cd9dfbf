//! What can be wrong with a template, in words.

use std::fmt;

use crate::error::TemplateError;
use crate::graph::Cycle;

/// What is wrong at a place of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// A name that the template does not have.
    Undefined {
        /// The name.
        name: String,
        /// How it is named: `Ref`, `${Name}`.
        by: String,
        /// What it should be the name of.
        expected: &'static str,
        /// A declared name that resembles it.
        suggestion: Option<String>,
    },
    /// A resource is named in a part of the template that sees parameters only.
    OutOfSight {
        /// The resource.
        name: String,
        /// How it is named.
        by: String,
        /// The part of the template.
        part: &'static str,
    },
    /// A resource that a condition may leave out, where it is needed in any case.
    Conditional {
        /// The resource.
        name: String,
        /// How it is named.
        by: String,
        /// The condition.
        condition: String,
    },
    /// A function, or an attribute of a resource, with what it does not take.
    Arguments {
        /// The function.
        function: String,
        /// What it takes.
        takes: &'static str,
    },
    /// `${..}` of `Fn::Sub` with characters that no name has.
    Hole {
        /// What is between the braces.
        text: String,
    },
    /// `Fn::FindInMap` with a key that the mapping does not have.
    UnknownKey {
        /// The key.
        key: String,
        /// The mapping, or an entry of it: `Sizes`, `Sizes.prod`.
        of: String,
        /// The keys that it has.
        known: Vec<String>,
        /// The one that was probably meant.
        suggestion: Option<String>,
    },
    /// A function where only plain values are allowed.
    Function {
        /// The function.
        name: String,
        /// Where values are plain.
        part: &'static str,
    },
    /// Something that must be text and is not.
    NotText {
        /// What must be text: `the value of an output`.
        what: &'static str,
        /// What it is: `a list made by ..`.
        given: String,
    },
    /// A parameter and a resource of one name.
    SameName {
        /// The name.
        name: String,
    },
    /// Two outputs with the same export.
    SameExport {
        /// The output that has it already.
        other: String,
    },
    /// A parameter does not take its own default.
    Default {
        /// The default; none if it is hidden.
        given: Option<String>,
        /// What the parameter takes.
        takes: String,
    },
    /// A nested stack, or another stack, does not have the output.
    UnknownOutput {
        /// The output.
        name: String,
        /// The stack.
        of: String,
        /// The outputs it returns.
        known: Vec<String>,
    },
    /// A nested stack does not take the parameter.
    UnknownParameter {
        /// The parameter.
        name: String,
        /// The parameters it takes.
        known: Vec<String>,
    },
    /// A nested stack needs the parameter.
    MissingParameter {
        /// The parameter.
        name: String,
    },
    /// A resource without a type.
    MissingType,
    /// A value that is `null`.
    Null,
    /// Something that is not what CloudFormation expects in its place.
    Shape(TemplateError),
    /// A logical id that is not letters and digits.
    LogicalId {
        /// The logical id.
        id: String,
    },
    /// A loop in a template without the transform for loops.
    LoopWithoutTransform,
    /// Resources in a cycle.
    Cycle(Cycle),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undefined { name, by, expected, suggestion } => {
                let meant = suggestion.as_ref().map(|name| format!(", did you mean `{name}`?")).unwrap_or_default();
                write!(f, "{by} names `{name}`, and the template has no {expected} of that name{meant}")
            }
            Self::OutOfSight { name, by, part } => {
                write!(f, "{by} names the resource `{name}`, and {part} takes only parameters and pseudo parameters")
            }
            Self::Conditional { name, by, condition } => write!(
                f,
                "{by} names `{name}`, which does not exist when `{condition}` is false; CloudFormation refuses the reference then"
            ),
            Self::Arguments { function, takes } => {
                write!(f, "`{function}` is given something else than it takes: {takes}")
            }
            Self::Hole { text } => write!(
                f,
                "`${{{text}}}` of `Fn::Sub` is not a name; names have letters, digits, `_`, `.` and `:`, as `${{Queue.Arn}}`"
            ),
            Self::UnknownKey { key, of, known, suggestion } => {
                let meant = suggestion.as_ref().map(|name| format!(", did you mean `{name}`?")).unwrap_or_default();
                write!(f, "`Fn::FindInMap` looks for the key `{key}`, and `{of}` has no such key{meant}; ")?;
                write!(f, "it has {}", list(known))
            }
            Self::Function { name, part } => write!(f, "`{name}` is a function, and {part} takes plain values only"),
            Self::NotText { what, given } => write!(f, "{what} is {given}, and CloudFormation takes text there"),
            Self::SameName { name } => {
                write!(f, "`{name}` is the name of a parameter and of a resource, which share one set of names")
            }
            Self::SameExport { other } => {
                write!(f, "the output exports the same name as the output `{other}`; names of exports are unique")
            }
            Self::Default { given: Some(given), takes } if given.is_empty() => {
                write!(f, "the default of the parameter is empty; the parameter takes {takes}")
            }
            Self::Default { given: Some(given), takes } => {
                write!(f, "the default of the parameter is `{given}`; the parameter takes {takes}")
            }
            Self::Default { given: None, takes } => {
                write!(f, "the default of the parameter (not shown) is refused by the parameter; it takes {takes}")
            }
            Self::UnknownOutput { name, of, known } => {
                write!(f, "the stack `{of}` has no output `{name}`; its template has {}", list(known))
            }
            Self::UnknownParameter { name, known } => {
                write!(f, "the template of the nested stack has no parameter `{name}`; it has {}", list(known))
            }
            Self::MissingParameter { name } => {
                write!(f, "the nested stack lacks the parameter `{name}`, which has no default in its template")
            }
            Self::MissingType => f.write_str("the resource has no `Type`, which every resource needs"),
            Self::Null => f.write_str("the value is null, which CloudFormation refuses"),
            Self::Shape(error) => error.fmt(f),
            Self::LogicalId { id } => {
                write!(f, "the logical id `{id}` is not allowed; CloudFormation takes letters and digits")
            }
            Self::LoopWithoutTransform => {
                f.write_str("a loop needs the transform `AWS::LanguageExtensions`, which the template does not have")
            }
            Self::Cycle(cycle) => cycle.fmt(f),
        }
    }
}

impl Fault {
    pub(super) fn hint(&self) -> String {
        match self {
            Self::Undefined { name, by, suggestion, .. } if by.starts_with("`${") => {
                let hole = by.split('`').nth(1).unwrap_or_default();
                let text = hole.replacen("${", "${!", 1);
                let name =
                    suggestion.as_ref().map_or_else(|| format!("declare `{name}`"), |name| format!("write `{name}`"));
                format!("{name}, or write `{text}` for the text `{hole}`, such as a shell variable")
            }
            Self::Undefined { suggestion: Some(name), .. } | Self::UnknownKey { suggestion: Some(name), .. } => {
                format!("write `{name}`")
            }
            Self::Undefined { expected, .. } => {
                let article = if expected.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
                format!("correct the name, or declare {article} {expected} of that name")
            }
            Self::OutOfSight { .. } => "refer to a parameter, or write the value out".to_owned(),
            Self::Conditional { condition, .. } => {
                format!("choose the value with `Fn::If` of `{condition}`, or give both the same condition")
            }
            Self::Arguments { takes, .. } => format!("give it {takes}"),
            Self::Hole { text } => format!("write `${{!{text}}}` for the text `${{{text}}}`"),
            Self::UnknownKey { .. } => "add the key to the mapping, or correct it".to_owned(),
            Self::Function { .. } => "write the value out, and compute it where it is used".to_owned(),
            Self::NotText { .. } => "join the items: `Fn::Join`".to_owned(),
            Self::SameName { .. } | Self::LogicalId { .. } => "rename it".to_owned(),
            Self::SameExport { .. } => "give one of them another name".to_owned(),
            Self::Default { .. } => "change the default, or what the parameter takes".to_owned(),
            Self::UnknownOutput { .. } => {
                "correct the name, or add the output to the template of that stack".to_owned()
            }
            Self::UnknownParameter { .. } => "remove it, or add the parameter to the nested template".to_owned(),
            Self::MissingParameter { .. } => "give it in `Parameters` of the nested stack".to_owned(),
            Self::MissingType => "add it, such as `Type: AWS::SNS::Topic`".to_owned(),
            Self::Null => "remove it, or write `!Ref AWS::NoValue` to leave the value out".to_owned(),
            Self::Shape(_) => "the CloudFormation user guide describes what belongs there".to_owned(),
            Self::LoopWithoutTransform => "add `Transform: AWS::LanguageExtensions`".to_owned(),
            Self::Cycle(_) => "remove one of the references, for example by a resource of its own".to_owned(),
        }
    }
}

/// The names, the first of them when they are many.
fn list(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    match names.len() {
        0 => "none".to_owned(),
        many if many > SHOWN => format!("{} and {} more", shown.join(", "), many - SHOWN),
        _ => shown.join(", "),
    }
}
