//! What AWS's schemas have against templates, and what they must not: every rule, every function, every condition.
//!
//! Each case expects what CloudFormation, or the service, would report. Where that is unknown, no report is expected.

mod beyond;
mod conditions;
mod functions;
mod iam;
mod rewritten;
mod rules;

use purlin_template::{SchemaProblem, Template, Violation};

/// What the cases may refer to.
const AROUND: &str = "
Parameters:
  Text: {Type: String}
  Empty: {Type: String, Default: ''}
  Amount: {Type: Number}
  Texts: {Type: CommaDelimitedList}
  Amounts: {Type: List <Number>}
  Vpc: {Type: 'AWS::EC2::VPC::Id'}
  Subnets: {Type: 'List<AWS::EC2::Subnet::Id>'}
  Stored: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /orders/size}
  StoredTexts: {Type: 'AWS::SSM::Parameter::Value<List<String>>', Default: /orders/sizes}
  StoredName: {Type: 'AWS::SSM::Parameter::Name', Default: /orders/size}
  Stage: {Type: String, AllowedValues: [prod, test], Default: test}
  Small: {Type: Number, Default: -1}
  Wrong: {Type: String, AllowedValues: [maybe, perhaps]}
  Speed: {Type: String}
Conditions:
  Prod: !Equals [!Ref Stage, prod]
  Test: !Equals [test, !Ref Stage]
  NotProd: !Not [!Condition Prod]
  Either: !Or [!Condition Prod, !Condition Test]
  Both: !And [!Condition Prod, !Condition Test]
  Fast: !Equals [!Ref Speed, 'true']
  Slow: !Equals [!Ref Speed, 'false']
  FastProd: !And [!Condition Prod, !Condition Fast]
  Never: !Equals [a, b]
  Same: !Equals [!Ref Text, !Ref Speed]
Mappings:
  Sizes: {prod: {delay: '5', names: [a, b]}}
Resources:
  Other: {Type: 'AWS::SQS::Queue'}
";

/// Checks one resource, `TYPE {PROPERTIES}`, or `TYPE` and its body after a line break. Expected are the problems, each
/// as the path below `Properties` and what is wrong; a leading `?` marks what may be right after all.
#[track_caller]
fn check(resource: &str, expected: &[&str]) {
    let (kind, rest) = resource.split_once([' ', '\n']).unwrap_or((resource, "{}"));
    let is_flow = rest.trim_start().starts_with('{');
    let body = if is_flow { format!("Properties: {}", rest.trim()) } else { rest.replace('\n', "\n    ") };
    check_template(&format!("{AROUND}  R:\n    Type: {kind}\n    {body}\n"), expected);
}

/// [`check`] for each resource and its problems.
#[track_caller]
fn check_all(cases: &[(impl AsRef<str>, &[&str])]) {
    for (resource, expected) in cases {
        check(resource.as_ref(), expected);
    }
}

/// [`check`] for a whole template; problems of another resource than `R` begin with its name.
#[track_caller]
fn check_template(template: &str, expected: &[&str]) {
    let read = Template::parse(template).unwrap_or_else(|error| panic!("{error}\n{template}"));
    let problems = read.schema_problems();
    let found: Vec<String> = problems.iter().map(line).collect();
    assert_eq!(found, expected, "{}\n{problems:#?}", template.trim_start_matches(AROUND));
}

fn line(problem: &SchemaProblem) -> String {
    let doubt = if problem.is_doubtful() { "?" } else { "" };
    let resource = if problem.resource == "R" { String::new() } else { format!("{}: ", problem.resource) };
    let place = problem.path.strip_prefix("Properties").map_or(problem.path.as_str(), |it| it.trim_start_matches('/'));
    let place = if place.is_empty() { String::new() } else { format!("{place} ") };
    let when = problem.when.as_ref().map(|when| format!(" when {}", when.replace('`', ""))).unwrap_or_default();
    format!("{doubt}{resource}{place}{}{when}", what(&problem.violation))
}

fn what(violation: &Violation) -> String {
    match violation {
        Violation::UnknownType { .. } => "is no type".to_owned(),
        Violation::UnknownAttribute { .. } => "is no attribute".to_owned(),
        Violation::UnknownReturnValue { name, .. } => format!("is no return value: {name}"),
        Violation::UnknownProperty { suggestion: Some(name), .. } => format!("is unknown, {name} is not"),
        Violation::UnknownProperty { .. } => "is unknown".to_owned(),
        Violation::ReadOnly { .. } => "is AWS's to set".to_owned(),
        Violation::Missing { name, because_of: None } => format!("lacks {name}"),
        Violation::Missing { name, because_of: Some(cause) } => format!("lacks {name} with {cause}"),
        Violation::WrongType { expected, .. } => format!("takes {}", expected.join(" or ")),
        Violation::NotAllowed { suggestion: Some(name), .. } => format!("is not allowed, {name} is"),
        Violation::NotAllowed { .. } => "is not allowed".to_owned(),
        Violation::Pattern { .. } => "does not match".to_owned(),
        Violation::Format { expected, .. } => format!("takes {expected}"),
        Violation::Range { limit, .. } => format!("takes {limit}"),
        Violation::Size { limit, of, .. } => format!("takes {limit} {of}"),
        Violation::Duplicate { given } => format!("has {given} twice"),
        Violation::Exclusive { given } => format!("has {} together", given.join(" and ")),
        Violation::NeedsOneOf { names } => format!("needs {}", names.join(" or ")),
        Violation::Form { closest: Some(closest) } => format!("has no form, closest: {}", line(closest)),
        Violation::Form { closest: None } => "has several forms".to_owned(),
        Violation::Forbidden => "is forbidden".to_owned(),
        Violation::UnknownAction { suggestion: Some(name), .. } => format!("is no action, {name} is"),
        Violation::UnknownAction { .. } => "is no action".to_owned(),
        Violation::UnknownPrincipal { suggestion, .. } => format!("is no principal, {suggestion} is"),
        Violation::TwinPolicy { other, .. } => format!("has the policy {other}"),
        Violation::PolicySize { limit, .. } => format!("takes {limit} characters of policies"),
        other => panic!("give the tests a word for {other:?}"),
    }
}
