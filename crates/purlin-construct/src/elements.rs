//! The elements of a template that are not resources: parameters, mappings, conditions, outputs, rules.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use crate::expr::{Expr, Key};
use crate::interpolate::Part;
use crate::node::{Kind, MappingData, OutputData, ParameterData, RuleData};
use crate::node_id::NodeId;
use crate::scope::{Construct, HasScope, Scope};
use crate::value::{IntoValue, Value};

// ---------------------------------------------------------------- parameters

/// The recipe of a template parameter
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html>).
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct CfnParameter<T> {
    data: ParameterData,
    of: PhantomData<fn() -> T>,
}

/// A parameter of the template.
#[derive(Debug, Clone)]
pub struct Parameter<T> {
    scope: Scope,
    of: PhantomData<fn() -> T>,
}

impl CfnParameter<String> {
    /// A text.
    pub fn string() -> Self {
        Self::of_type("String")
    }
}

impl CfnParameter<f64> {
    /// A number.
    pub fn number() -> Self {
        Self::of_type("Number")
    }
}

impl CfnParameter<Vec<String>> {
    /// Texts, separated by commas.
    pub fn comma_delimited_list() -> Self {
        Self::of_type("CommaDelimitedList")
    }
}

impl<T> CfnParameter<T> {
    /// A parameter of any of AWS's types, for example `AWS::SSM::Parameter::Value<String>`.
    pub fn of_type(type_name: &str) -> Self {
        let data = BTreeMap::from([(Key::Borrowed("Type"), Expr::from(type_name))]);
        Self { data: ParameterData(data), of: PhantomData }
    }

    fn with(mut self, key: &'static str, value: Expr) -> Self {
        self.data.0.insert(Key::Borrowed(key), value);
        self
    }

    /// The value where the user gives none.
    pub fn default(self, value: impl Into<Expr>) -> Self {
        self.with("Default", value.into())
    }

    /// Shown to the user who sets the parameter.
    pub fn description(self, text: &str) -> Self {
        self.with("Description", text.into())
    }

    /// A regular expression the value has to match.
    pub fn allowed_pattern(self, pattern: &str) -> Self {
        self.with("AllowedPattern", pattern.into())
    }

    /// The values allowed.
    pub fn allowed_values<V: Into<Expr>>(self, values: impl IntoIterator<Item = V>) -> Self {
        self.with("AllowedValues", Expr::List(values.into_iter().map(Into::into).collect()))
    }

    /// What to say where the value breaks a constraint.
    pub fn constraint_description(self, text: &str) -> Self {
        self.with("ConstraintDescription", text.into())
    }

    /// The shortest text allowed.
    pub fn min_length(self, length: u32) -> Self {
        self.with("MinLength", Expr::Int(length.into()))
    }

    /// The longest text allowed.
    pub fn max_length(self, length: u32) -> Self {
        self.with("MaxLength", Expr::Int(length.into()))
    }

    /// The least number allowed.
    pub fn min_value(self, value: i64) -> Self {
        self.with("MinValue", Expr::Int(value))
    }

    /// The greatest number allowed.
    pub fn max_value(self, value: i64) -> Self {
        self.with("MaxValue", Expr::Int(value))
    }

    /// AWS shows asterisks instead of the value. Every template that refers to the value still contains it, so it is no
    /// place for secrets.
    pub fn no_echo(self) -> Self {
        self.with("NoEcho", Expr::Bool(true))
    }
}

impl<T> Construct for CfnParameter<T> {
    type Handle = Parameter<T>;
    fn build(self, scope: Scope) -> Parameter<T> {
        scope.tree.borrow_mut()[scope.at].kind = Kind::Parameter(self.data);
        Parameter { scope, of: PhantomData }
    }
}

impl<T> Parameter<T> {
    /// The value given at deployment.
    pub fn value(&self) -> Value<T> {
        Value::new(Expr::Ref(self.scope.at))
    }
}

impl<T> HasScope for Parameter<T> {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

impl Part for Parameter<String> {
    fn part(&self) -> Expr {
        self.value().into_expr()
    }
}

// ---------------------------------------------------------------- mappings

/// The recipe of a mapping: two keys to a value.
#[derive(Debug, Clone, Default)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct CfnMapping {
    data: MappingData,
    /// Keys that were given another value before.
    twice: Vec<String>,
}

/// A mapping of the template; [`intrinsics::find_in_map`](crate::intrinsics::find_in_map) looks up in it.
#[derive(Debug, Clone)]
pub struct Mapping {
    scope: Scope,
}

impl CfnMapping {
    /// An empty mapping.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a value at two keys.
    pub fn with(mut self, first: &str, second: &str, value: impl Into<Expr>) -> Self {
        let value = value.into();
        let known = self.data.0.entry(first.to_owned()).or_default().insert(second.to_owned(), value.clone());
        if known.is_some_and(|known| known != value) {
            self.twice.push(format!("`{first}`, `{second}`"));
        }
        self
    }
}

impl Construct for CfnMapping {
    type Handle = Mapping;
    fn build(self, scope: Scope) -> Mapping {
        scope.tree.borrow_mut()[scope.at].kind = Kind::Mapping(self.data);
        for keys in self.twice {
            scope.error(
                format!("the mapping has two values at the keys {keys}, and takes one"),
                "give each pair of keys once",
            );
        }
        Mapping { scope }
    }
}

impl Mapping {
    pub(crate) fn name(&self) -> Expr {
        Expr::LogicalId(self.scope.at)
    }
}

// ---------------------------------------------------------------- conditions

/// The recipe of a named condition.
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct CfnCondition(Expr);

/// A named condition of the template: resources and outputs can depend on it, `intrinsics::if_` chooses by it.
#[derive(Debug, Clone)]
pub struct Condition {
    scope: Scope,
}

/// What a condition or a rule tests.
#[derive(Debug, Clone)]
#[must_use = "a test does nothing until a condition or a rule takes it"]
pub struct Test(Expr);

impl Test {
    fn call(name: &'static str, arguments: Vec<Expr>) -> Self {
        Self(Expr::Call(name, Box::new(Expr::List(arguments))))
    }

    /// `Fn::Equals`.
    pub fn equals<T>(left: impl IntoValue<T>, right: impl IntoValue<T>) -> Self {
        Self::call("Fn::Equals", vec![left.into_value().into_expr(), right.into_value().into_expr()])
    }

    /// Another condition's outcome.
    pub fn condition(condition: &Condition) -> Self {
        Self(Expr::map([("Condition", condition.name())]))
    }

    /// `Fn::And`.
    pub fn and(self, other: Self) -> Self {
        Self::call("Fn::And", vec![self.0, other.0])
    }

    /// `Fn::Or`.
    pub fn or(self, other: Self) -> Self {
        Self::call("Fn::Or", vec![self.0, other.0])
    }

    /// `Fn::Contains`: a text is one of several. For rules only.
    pub fn contains(texts: impl IntoValue<Vec<String>>, text: impl IntoValue<String>) -> Self {
        Self::call("Fn::Contains", vec![texts.into_value().into_expr(), text.into_value().into_expr()])
    }

    /// `Fn::EachMemberEquals`: all texts are the same one. For rules only.
    pub fn each_member_equals(texts: impl IntoValue<Vec<String>>, text: impl IntoValue<String>) -> Self {
        Self::call("Fn::EachMemberEquals", vec![texts.into_value().into_expr(), text.into_value().into_expr()])
    }

    /// `Fn::EachMemberIn`: all texts are among others. For rules only.
    pub fn each_member_in(texts: impl IntoValue<Vec<String>>, others: impl IntoValue<Vec<String>>) -> Self {
        Self::call("Fn::EachMemberIn", vec![texts.into_value().into_expr(), others.into_value().into_expr()])
    }
}

impl std::ops::Not for Test {
    type Output = Self;
    fn not(self) -> Self {
        Self::call("Fn::Not", vec![self.0])
    }
}

/// `Fn::RefAll`: the values of all parameters of a type. For rules only.
pub(crate) fn ref_all(parameter_type: &str) -> Value<Vec<String>> {
    Value::new(Expr::Call("Fn::RefAll", Box::new(Expr::from(parameter_type))))
}

/// `Fn::ValueOf`: an attribute of a parameter's value. For rules only.
pub(crate) fn value_of(parameter: NodeId, attribute: &str) -> Value<String> {
    let arguments = vec![Expr::LogicalId(parameter), Expr::from(attribute)];
    Value::new(Expr::Call("Fn::ValueOf", Box::new(Expr::List(arguments))))
}

/// `Fn::ValueOfAll`: an attribute of the values of all parameters of a type. For rules only.
pub(crate) fn value_of_all(parameter_type: &str, attribute: &str) -> Value<Vec<String>> {
    let arguments = vec![Expr::from(parameter_type), Expr::from(attribute)];
    Value::new(Expr::Call("Fn::ValueOfAll", Box::new(Expr::List(arguments))))
}

impl CfnCondition {
    /// A condition that holds where the test does.
    pub fn new(test: Test) -> Self {
        Self(test.0)
    }
}

impl Construct for CfnCondition {
    type Handle = Condition;
    fn build(self, scope: Scope) -> Condition {
        scope.tree.borrow_mut()[scope.at].kind = Kind::Condition(self.0);
        Condition { scope }
    }
}

impl Condition {
    pub(crate) fn name(&self) -> Expr {
        Expr::LogicalId(self.scope.at)
    }

    pub(crate) fn node(&self) -> NodeId {
        self.scope.at
    }
}

// ---------------------------------------------------------------- outputs

/// The recipe of an output of the stack.
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct CfnOutput(OutputData);

/// An output of the stack: shown after deployment.
#[derive(Debug, Clone)]
pub struct Output {
    scope: Scope,
    export: Option<Value<String>>,
}

impl CfnOutput {
    /// An output of this value. Outputs are readable by anyone who can describe the stack: no place for secrets.
    pub fn new(value: impl IntoValue<String>) -> Self {
        let value = value.into_value().into_expr();
        Self(OutputData { value, description: None, export: None, condition: None })
    }

    /// What the output is for.
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.0.description = Some(text.into());
        self
    }

    /// Exports the value under a name that other stacks of the account and region import by.
    /// While one does, it cannot be changed or removed.
    pub fn export_name(mut self, name: impl IntoValue<String>) -> Self {
        self.0.export = Some(name.into_value().into_expr());
        self
    }

    /// Only where the condition holds.
    pub fn condition(mut self, condition: &Condition) -> Self {
        self.0.condition = Some(condition.node());
        self
    }
}

impl Construct for CfnOutput {
    type Handle = Output;
    fn build(self, scope: Scope) -> Output {
        let export = self.0.export.clone().map(Value::new);
        scope.tree.borrow_mut()[scope.at].kind = Kind::Output(self.0);
        Output { scope, export }
    }
}

impl Output {
    /// `Fn::ImportValue` of the exported name, for another stack; none without an export name.
    pub fn import_value(&self) -> Option<Value<String>> {
        let import = |name: &Value<String>| Value::new(Expr::Call("Fn::ImportValue", Box::new(name.expr().clone())));
        self.export.as_ref().map(import)
    }
}

impl HasScope for Output {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

// ---------------------------------------------------------------- rules

/// The recipe of a rule: assertions about parameters, checked before anything is created.
#[derive(Debug, Clone, Default)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct CfnRule(RuleData);

impl CfnRule {
    /// A rule without assertions yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The rule applies only where the test holds.
    pub fn when(mut self, test: Test) -> Self {
        self.0.condition = Some(test.0);
        self
    }

    /// Refuses the deployment with the description where the test does not hold.
    pub fn assert(mut self, test: Test, description: impl Into<String>) -> Self {
        self.0.assertions.push((test.0, description.into()));
        self
    }
}

impl Construct for CfnRule {
    type Handle = ();
    fn build(self, scope: Scope) {
        scope.tree.borrow_mut()[scope.at].kind = Kind::Rule(self.0);
    }
}
