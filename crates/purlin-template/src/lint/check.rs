//! Holds a value against JSON Schema as CloudFormation's registry writes it: texts may stand for numbers and booleans,
//! functions for values, and what is not known is never called wrong.

use serde_json::Value;

use crate::lint::problem::{SchemaProblem, Violation};
use crate::lint::scenario::Scenario;
use crate::lint::seen::{Kind, Seen, Step, is_resolved_later, step};
use crate::lint::unchecked::{Place, Unchecked};
use crate::lint::{object, plain};
use crate::node::{Key, Node, Position, Spanned, joined};
use crate::schema::ResourceType;
use crate::template::Template;

/// One resource in one scenario, being looked at.
pub(super) struct Check<'t, 's> {
    pub(super) template: &'t Template,
    unchecked: &'t Unchecked,
    pub(super) kind: &'s ResourceType,
    pub(super) scenario: &'s Scenario<'t>,
    pub(super) logical_id: &'t str,
    /// Whether properties that the schema requires may come from elsewhere (`Globals` of a serverless template, a macro).
    pub(super) is_completed_elsewhere: bool,
    /// The keys down to the value at hand.
    pub(super) path: Vec<Key<'t>>,
    /// More than none inside `if`, `anyOf` and their like, where a failure is an answer and not a problem.
    trials: usize,
}

/// What a look at a value gives.
#[derive(Default)]
pub(super) struct Found {
    pub(super) problems: Vec<SchemaProblem>,
    /// Something is not known, so the value may not fit although no problem was found.
    pub(super) is_unsure: bool,
}

impl Found {
    fn fits(&self) -> bool {
        self.problems.is_empty() && !self.is_unsure
    }

    fn fails(&self) -> bool {
        !self.problems.is_empty()
    }
}

impl<'t, 's> Check<'t, 's> {
    pub(super) fn new(
        template: &'t Template,
        unchecked: &'t Unchecked,
        logical_id: &'t str,
        kind: &'s ResourceType,
        scenario: &'s Scenario<'t>,
    ) -> Self {
        let path = vec![Key::Name("Properties")];
        Self { template, unchecked, kind, scenario, logical_id, is_completed_elsewhere: false, path, trials: 0 }
    }

    /// Looks through functions at the value, and holds what is there against the schema.
    pub(super) fn value(&mut self, schema: &'s Value, value: &'t Spanned, found: &mut Found) {
        let depth = self.path.len();
        match self.seen(value) {
            Seen::Absent => {}
            Seen::Known(value) => self.known(schema, value, found),
            Seen::Computed(kind, value) => self.computed(schema, kind, value, found),
            Seen::Parameter(kind, name, value) => {
                self.computed(schema, kind, value, found);
                self.parameter(schema, name, found);
            }
        }
        self.path.truncate(depth);
    }

    /// What the value is in this scenario; the path follows its branches.
    pub(super) fn seen(&mut self, value: &'t Spanned) -> Seen<'t> {
        let mut value = value;
        loop {
            match step(value, self.template, self.scenario) {
                Step::Done(seen) => return seen,
                Step::Branch(index, branch) => {
                    self.path.extend([Key::Name("Fn::If"), Key::Index(index)]);
                    value = branch;
                }
            }
        }
    }

    /// A value that is written out.
    pub(super) fn known(&mut self, schema: &'s Value, value: &'t Spanned, found: &mut Found) {
        if schema == &Value::Bool(false) {
            return self.report(Violation::Forbidden, value, found);
        }
        if matches!(value.node, Node::Null) {
            // Said once for the whole template, by `Template::problems`.
            found.is_unsure = true;
            return;
        }
        if schema["$ref"].is_string() {
            let followed = self.kind.followed(schema);
            if followed["$ref"].is_string() {
                found.is_unsure = true;
            } else {
                self.known(followed, value, found);
            }
            return self.combinations(schema, value, found);
        }
        if let Some(given) = plain::of_another_type(schema, value) {
            if self.is_packaged(value) {
                found.is_unsure = true;
                return;
            }
            let expected = plain::types_in_words(schema);
            return self.report(Violation::WrongType { given, expected }, value, found);
        }
        match &value.node {
            Node::Mapping(entries) => self.object(schema, value, entries, found),
            Node::Sequence(items) => self.list(schema, value, items, found),
            _ => {
                for violation in plain::violations(schema, value) {
                    self.report(violation, value, found);
                }
            }
        }
        self.combinations(schema, value, found);
    }

    /// Whether the value is the path of a file or folder that `aws cloudformation package` uploads and replaces.
    /// <https://docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html>
    fn is_packaged(&self, value: &Spanned) -> bool {
        const PACKAGED: [(&str, &str); 5] = [
            ("AWS::ApiGateway::RestApi", "BodyS3Location"),
            ("AWS::ElasticBeanstalk::ApplicationVersion", "SourceBundle"),
            ("AWS::Lambda::Function", "Code"),
            ("AWS::Lambda::LayerVersion", "Content"),
            ("AWS::StepFunctions::StateMachine", "DefinitionS3Location"),
        ];
        let is_at = |name| matches!(self.path.as_slice(), [_, Key::Name(key)] if *key == name);
        value.as_str().is_some() && PACKAGED.iter().any(|(kind, name)| self.kind.name() == *kind && is_at(*name))
    }

    /// A function's result: of its type at most something can be said.
    fn computed(&mut self, schema: &'s Value, kind: Kind, value: &'t Spanned, found: &mut Found) {
        found.is_unsure = true;
        let schema = self.kind.followed(schema);
        let Some(name) = value.as_single().map(|(name, _)| name) else { return };
        let given = match kind {
            Kind::Text if plain::takes_no_text(schema) => format!("text made by `{name}`"),
            Kind::List if plain::takes_no_list(schema) => format!("a list made by `{name}`"),
            _ => return,
        };
        let expected = plain::types_in_words(schema);
        self.report(Violation::WrongType { given, expected }, value, found);
    }

    /// Checks the default and the allowed values of a parameter. Behind a condition either may never be used, so they are
    /// not checked there.
    fn parameter(&mut self, schema: &'s Value, name: &'t str, found: &mut Found) {
        let is_conditional = self.path.iter().any(|key| matches!(key, Key::Name("Fn::If")));
        let exists_always = self.template.resources().get(self.logical_id).is_none_or(|it| it.condition.is_none());
        if self.trials > 0 || is_conditional || !exists_always {
            return;
        }
        let Some(declared) = self.template.document().get("Parameters").and_then(|all| all.get(name)) else { return };
        let is_hidden = self.template.parameters().get(name).is_some_and(|parameter| parameter.no_echo);
        let allowed = declared.get("AllowedValues").and_then(Spanned::as_sequence).unwrap_or_default();
        self.path.push(Key::Name("Ref"));
        for value in declared.get("Default").into_iter().chain(allowed) {
            let is_left_out = matches!(&value.node, Node::String(text) if text.is_empty() || is_resolved_later(text));
            if !is_left_out && !matches!(value.node, Node::Null | Node::Mapping(_) | Node::Sequence(_)) {
                let mut one = Found::default();
                self.known(schema, value, &mut one);
                if one.fails() {
                    found
                        .problems
                        .extend(one.problems.into_iter().map(|it| if is_hidden { it.without_value() } else { it }));
                    break;
                }
            }
        }
        self.path.pop();
    }

    // ------------------------------------------------------------ combinations of schemas

    /// `allOf`, `anyOf`, `oneOf`, `not` and `if`.
    fn combinations(&mut self, schema: &'s Value, value: &'t Spanned, found: &mut Found) {
        let Some(keywords) = schema.as_object() else { return };
        let arms = |name: &str| keywords.get(name).and_then(Value::as_array);
        for arm in arms("allOf").into_iter().flatten() {
            self.known(arm, value, found);
        }
        if let Some(arms) = arms("anyOf") {
            self.any_of(arms, value, found);
        }
        if let Some(arms) = arms("oneOf") {
            self.one_of(arms, value, found);
        }
        if let Some(not) = keywords.get("not") {
            let tried = self.tried(not, value);
            found.is_unsure |= tried.is_unsure;
            if tried.fits() {
                self.report(Violation::Forbidden, value, found);
            }
        }
        if let Some(condition) = keywords.get("if") {
            let tried = self.tried(condition, value);
            let branch = match (tried.fits(), tried.fails()) {
                (true, _) => keywords.get("then"),
                (_, true) => keywords.get("else"),
                _ => {
                    found.is_unsure = true;
                    None
                }
            };
            if let Some(branch) = branch {
                self.known(branch, value, found);
            }
        }
    }

    fn any_of(&mut self, arms: &'s [Value], value: &'t Spanned, found: &mut Found) {
        let tried: Vec<Found> = arms.iter().map(|arm| self.tried(arm, value)).collect();
        if tried.iter().any(Found::fits) {
            return;
        }
        if tried.iter().any(|one| !one.fails()) {
            found.is_unsure = true;
            return;
        }
        self.report_misfit(arms, tried, value, found);
    }

    fn one_of(&mut self, arms: &'s [Value], value: &'t Spanned, found: &mut Found) {
        let tried: Vec<Found> = arms.iter().map(|arm| self.tried(arm, value)).collect();
        let fitting = tried.iter().filter(|one| one.fits()).count();
        if fitting > 1 {
            match object::exclusive(arms, value) {
                Some(given) => self.report(Violation::Exclusive { given }, value, found),
                None => self.report(Violation::Form { closest: None }, value, found),
            }
        } else if tried.iter().all(Found::fails) {
            self.report_misfit(arms, tried, value, found);
        } else {
            found.is_unsure |= tried.iter().any(|one| one.is_unsure && !one.fails());
        }
    }

    /// No form fits: the properties of which one is needed, or what is wrong with the closest form.
    fn report_misfit(&mut self, arms: &'s [Value], tried: Vec<Found>, value: &'t Spanned, found: &mut Found) {
        if let Some(names) = object::alternatives(arms) {
            return self.report(Violation::NeedsOneOf { names }, value, found);
        }
        // The form whose problems lie deepest is the one that was meant.
        let depth = |one: &Found| one.problems.iter().map(|it| it.path.matches('/').count()).max();
        let of_type =
            |one: &Found| !matches!(one.problems.first().map(|it| &it.violation), Some(Violation::WrongType { .. }));
        let closest =
            tried.into_iter().rev().max_by_key(|one| (depth(one), of_type(one), std::cmp::Reverse(one.problems.len())));
        let mut problems = closest.map(|one| one.problems).unwrap_or_default();
        if arms.len() == 1 || problems.iter().any(|it| it.path.len() > self.shown_path().len()) {
            found.problems.append(&mut problems);
        } else {
            let closest = problems.into_iter().next().map(Box::new);
            self.report(Violation::Form { closest }, value, found);
        }
    }

    /// Whether the value fits, without a report.
    pub(super) fn tried(&mut self, schema: &'s Value, value: &'t Spanned) -> Found {
        let mut found = Found::default();
        self.trials += 1;
        self.value(schema, value, &mut found);
        self.trials -= 1;
        found
    }

    // ------------------------------------------------------------ problems

    pub(super) fn report(&self, violation: Violation, value: &Spanned, found: &mut Found) {
        self.report_at(violation, value.span.start, found);
    }

    pub(super) fn report_at(&self, violation: Violation, at: Position, found: &mut Found) {
        if self.is_unchecked(&violation) {
            found.is_unsure = true;
            return;
        }
        let problem = SchemaProblem {
            resource: self.logical_id.to_owned(),
            resource_type: self.kind.name().to_owned(),
            path: self.shown_path(),
            at,
            violation,
            when: None,
        };
        found.problems.push(if self.is_secret() { problem.without_value() } else { problem });
    }

    /// Whether the problem is about an unchecked place.
    fn is_unchecked(&self, violation: &Violation) -> bool {
        let keys = self.keys();
        let is_covered =
            |name: Option<&str>| self.unchecked.covers(self.logical_id, keys.iter().map(String::as_str).chain(name));
        is_covered(None) || violation.members().into_iter().any(|name| is_covered(Some(name)))
    }

    /// Whether the value may be a secret: AWS never gives it back, and it does not name an account or a resource.
    fn is_secret(&self) -> bool {
        const IDENTIFIERS: [&str; 9] =
            ["Principal", "Principals", "Account", "Accounts", "AccountId", "AccountIds", "OwnerId", "Arn", "Arns"];
        let keys = self.keys();
        let name = keys.iter().rev().find(|key| !key.starts_with(|first: char| first.is_ascii_digit()));
        if name.is_some_and(|name| IDENTIFIERS.iter().any(|identifier| name.ends_with(identifier))) {
            return false;
        }
        self.kind.write_only().any(|path| Place::of(&path).covers(keys.iter().map(String::as_str)))
    }

    /// The keys below `Properties`.
    fn keys(&self) -> Vec<String> {
        self.path.iter().skip(1).map(Key::shown).collect()
    }

    fn shown_path(&self) -> String {
        joined(&self.path)
    }
}
