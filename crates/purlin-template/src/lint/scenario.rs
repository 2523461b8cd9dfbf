//! The combinations of a template's conditions: the scenarios in which a resource is checked.
//!
//! A condition compares expressions with texts. Each expression can be one of the texts it is compared with or, unless
//! its parameter allows only those, something else. Every combination makes each condition true or false.
//! Combinations that no parameters can produce are left out, so a problem in a scenario can happen.

use std::collections::{BTreeMap, BTreeSet};

use crate::lint::pattern;
use crate::lint::seen::function;
use crate::node::{Node, Spanned};
use crate::template::Template;

/// The maximum of combinations; a resource with more is checked with its conditions undecided.
const MAX_COMBINATIONS: usize = 1024;
/// The maximum of scenarios of one resource.
const MAX_SCENARIOS: usize = 32;

/// Which conditions are true and which are false.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Scenario<'t>(BTreeMap<&'t str, bool>);

impl Scenario<'_> {
    /// Whether the condition is true; none if that is undecided.
    pub(super) fn truth(&self, condition: &str) -> Option<bool> {
        self.0.get(condition).copied()
    }

    /// Whether it takes several conditions at once, which the template's `Rules` may forbid.
    pub(super) fn is_combination(&self) -> bool {
        self.0.len() > 1
    }

    /// The scenario in words: `UseHttps` is true.
    pub(super) fn describe(&self) -> String {
        let words = self.0.iter().map(|(name, truth)| format!("`{name}` is {truth}"));
        words.collect::<Vec<_>>().join(", ")
    }
}

/// The scenarios in which a resource exists, by the conditions in its body; none if it never does.
///
/// One scenario without conditions if there are none, too many, or undecidable ones.
pub(super) fn scenarios<'t>(template: &'t Template, body: &'t Spanned) -> Vec<Scenario<'t>> {
    let mut asked = BTreeSet::new();
    conditions_of(body, &mut asked);
    let exists = body.get("Condition").and_then(Spanned::as_str);
    if asked.is_empty() && exists.is_none() {
        return vec![Scenario::default()];
    }
    let definitions = Definitions { template };
    definitions.scenarios(&asked, exists).unwrap_or_else(|| vec![Scenario::default()])
}

/// Whether the condition can be false where the other holds, and no parameters decide that it cannot.
pub(crate) fn can_be_false(template: &Template, condition: &str, given: Option<&str>) -> bool {
    let asked = BTreeSet::from([condition]);
    let scenarios = Definitions { template }.scenarios(&asked, given);
    scenarios.is_some_and(|all| all.iter().any(|scenario| scenario.truth(condition) == Some(false)))
}

/// The conditions of every `Fn::If` in the value.
fn conditions_of<'t>(value: &'t Spanned, found: &mut BTreeSet<&'t str>) {
    if let Some(("Fn::If", argument)) = function(value)
        && let Some(name) = argument.as_sequence().and_then(|items| items.first()?.as_str())
    {
        found.insert(name);
    }
    match &value.node {
        Node::Sequence(items) => items.iter().for_each(|item| conditions_of(item, found)),
        Node::Mapping(entries) => entries.values().for_each(|entry| conditions_of(&entry.value, found)),
        _ => {}
    }
}

struct Definitions<'t> {
    template: &'t Template,
}

/// What an expression can be: the texts it is compared with, and `None` for anything else.
type Domain = Vec<Option<String>>;
type Assignment<'a> = BTreeMap<&'a str, Option<&'a str>>;

impl<'t> Definitions<'t> {
    /// None when a condition is not defined, is undecidable, or there are too many.
    fn scenarios(&self, asked: &BTreeSet<&'t str>, exists: Option<&'t str>) -> Option<Vec<Scenario<'t>>> {
        let mut domains: BTreeMap<String, Domain> = BTreeMap::new();
        for condition in asked.iter().chain(&exists) {
            self.domains(self.definition(condition)?, &mut domains, 0)?;
        }
        let combinations = domains.values().try_fold(1_usize, |product, domain| product.checked_mul(domain.len()))?;
        if combinations > MAX_COMBINATIONS {
            return None;
        }
        let mut scenarios = BTreeSet::new();
        for number in 0..combinations {
            let assignment = assignment(&domains, number);
            if let Some(condition) = exists
                && !self.truth(self.definition(condition)?, &assignment)?
            {
                continue;
            }
            let truths = asked.iter().map(|name| Some((*name, self.truth(self.definition(name)?, &assignment)?)));
            scenarios.insert(Scenario(truths.collect::<Option<_>>()?));
        }
        (scenarios.len() <= MAX_SCENARIOS).then(|| scenarios.into_iter().collect())
    }

    fn definition(&self, name: &str) -> Option<&'t Spanned> {
        self.template.document().get("Conditions")?.get(name)
    }

    /// Collects what every compared expression can be.
    fn domains(&self, condition: &'t Spanned, domains: &mut BTreeMap<String, Domain>, depth: usize) -> Option<()> {
        // A condition that leads to itself is a problem of its own.
        if depth > 16 {
            return None;
        }
        match parts(condition)? {
            Part::Named(name) => self.domains(self.definition(name)?, domains, depth + 1),
            Part::All(items) | Part::Any(items) => {
                items.iter().try_for_each(|item| self.domains(item, domains, depth + 1))
            }
            Part::Not(item) => self.domains(item, domains, depth + 1),
            Part::Equals(left, right) => {
                let (expression, text) = comparison(left, right);
                let Some(expression) = expression else { return Some(()) };
                let domain = domains.entry(expression.key).or_insert_with(|| self.first_domain(expression.parameter));
                let is_new = !domain.contains(&Some(text.clone())) && domain.contains(&None);
                if is_new && self.can_be(expression.parameter, &text) {
                    domain.push(Some(text));
                }
                Some(())
            }
        }
    }

    /// Anything, or what the parameter allows.
    fn first_domain(&self, parameter: Option<&str>) -> Domain {
        let allowed = || {
            let declared = self.template.document().get("Parameters")?.get(parameter?)?;
            let values = declared.get("AllowedValues")?.as_sequence()?;
            values.iter().map(|value| scalar(value).map(Some)).collect::<Option<Domain>>()
        };
        allowed().filter(|domain| !domain.is_empty()).unwrap_or_else(|| vec![None])
    }

    /// Whether the parameter's limits let it be this text.
    fn can_be(&self, parameter: Option<&str>, text: &str) -> bool {
        let declared = || self.template.document().get("Parameters")?.get(parameter?);
        let Some(declared) = declared() else { return true };
        let limit = |name: &str| declared.get(name).and_then(scalar);
        let number = |name: &str| limit(name).and_then(|limit| limit.parse::<f64>().ok());
        #[expect(clippy::cast_precision_loss, reason = "texts of templates are short")]
        let (length, value) = (text.chars().count() as f64, text.parse::<f64>().ok());
        let is_short = number("MinLength").is_some_and(|least| length < least);
        let is_long = number("MaxLength").is_some_and(|most| length > most);
        let is_small = number("MinValue").zip(value).is_some_and(|(least, value)| value < least);
        let is_large = number("MaxValue").zip(value).is_some_and(|(most, value)| value > most);
        let form = limit("AllowedPattern").map(|form| format!("^(?:{form})$"));
        let is_other = form.is_some_and(|form| pattern::matches(&form, text) == Some(false));
        !(is_short || is_long || is_small || is_large || is_other)
    }

    fn truth(&self, condition: &'t Spanned, assignment: &Assignment<'_>) -> Option<bool> {
        Some(match parts(condition)? {
            Part::Named(name) => self.truth(self.definition(name)?, assignment)?,
            Part::Not(item) => !self.truth(item, assignment)?,
            Part::All(items) => {
                let truths: Option<Vec<bool>> = items.iter().map(|item| self.truth(item, assignment)).collect();
                truths?.into_iter().all(|truth| truth)
            }
            Part::Any(items) => {
                let truths: Option<Vec<bool>> = items.iter().map(|item| self.truth(item, assignment)).collect();
                truths?.into_iter().any(|truth| truth)
            }
            Part::Equals(left, right) => match comparison(left, right) {
                (None, _) => scalar(left)? == scalar(right)?,
                (Some(expression), text) => *assignment.get(expression.key.as_str())? == Some(text.as_str()),
            },
        })
    }
}

/// The combination of this number: each expression's digit in a number of mixed bases.
fn assignment(domains: &BTreeMap<String, Domain>, mut number: usize) -> Assignment<'_> {
    let mut assignment = Assignment::new();
    for (key, domain) in domains {
        assignment.insert(key, domain[number % domain.len()].as_deref());
        number /= domain.len();
    }
    assignment
}

enum Part<'t> {
    Named(&'t str),
    Not(&'t Spanned),
    All(&'t [Spanned]),
    Any(&'t [Spanned]),
    Equals(&'t Spanned, &'t Spanned),
}

fn parts(condition: &Spanned) -> Option<Part<'_>> {
    let (name, argument) = condition.as_single()?;
    Some(match (name, argument.as_sequence()) {
        ("Condition", _) => Part::Named(argument.as_str()?),
        ("Fn::Not", Some([item])) => Part::Not(item),
        ("Fn::And", Some(items)) => Part::All(items),
        ("Fn::Or", Some(items)) => Part::Any(items),
        ("Fn::Equals", Some([left, right])) => Part::Equals(left, right),
        _ => return None,
    })
}

struct Expression<'t> {
    key: String,
    /// The parameter, if the expression is nothing else.
    parameter: Option<&'t str>,
}

/// The computed side of a comparison and the text of the other; two computed sides are one expression that is `true`
/// or not, two texts are none.
fn comparison<'t>(left: &'t Spanned, right: &'t Spanned) -> (Option<Expression<'t>>, String) {
    let expression = |value: &'t Spanned| {
        let parameter = value.as_single().filter(|(name, _)| *name == "Ref").and_then(|(_, name)| name.as_str());
        Expression { key: value.to_json().to_string(), parameter }
    };
    match (scalar(left), scalar(right)) {
        (Some(_), Some(text)) => (None, text),
        (None, Some(text)) => (Some(expression(left)), text),
        (Some(text), None) => (Some(expression(right)), text),
        (None, None) => {
            let key = format!("{} = {}", left.to_json(), right.to_json());
            (Some(Expression { key, parameter: None }), "true".to_owned())
        }
    }
}

/// A plain value as the text CloudFormation compares.
fn scalar(value: &Spanned) -> Option<String> {
    match &value.node {
        Node::Bool(value) => Some(value.to_string()),
        Node::Integer(value) => Some(value.to_string()),
        Node::Float(text) | Node::String(text) => Some(text.clone()),
        Node::Null | Node::Sequence(_) | Node::Mapping(_) => None,
    }
}
