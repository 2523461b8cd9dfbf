//! The containers: an app holds stages and stacks, a stage groups stacks for one environment, a stack is deployed.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::panic::Location;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};

use purlin_assembly::Environment;

use crate::expr::{Expr, Pseudo};
use crate::interpolate::sub;
use crate::intrinsics;
use crate::logical_id::unique_name;
use crate::merge;
use crate::node::{Kind, StackData};
use crate::problem::Problem;
use crate::scope::{Construct, HasScope, Scope};
use crate::synth::{self, Examiner, Finding, Rendered, Synthesis};
use crate::tree::Tree;
use crate::value::{IntoValue, Value};
use crate::{asset, environment};

/// The root of a tree.
#[derive(Debug, Clone)]
pub struct App(Scope);

impl App {
    /// An empty app.
    #[track_caller]
    #[expect(clippy::new_without_default, reason = "`default` could not see where it was called")]
    pub fn new() -> Self {
        static SERIAL: AtomicU32 = AtomicU32::new(0);
        let tree = Tree::new(SERIAL.fetch_add(1, Ordering::Relaxed), Location::caller());
        let at = tree.root();
        Self(Scope { tree: Rc::new(RefCell::new(tree)), at })
    }

    /// Calls `examine` with every rendered template, before anything is put together: what it finds is a problem of
    /// the resource it names.
    pub fn examine_templates(&self, examine: impl Fn(&Rendered<'_>) -> Vec<Finding> + 'static) {
        self.0.shared::<Vec<Examiner>>().borrow_mut().push(Rc::new(examine));
    }

    /// The stacks that were added so far: the construct path, the artifact id and the name in CloudFormation of each.
    pub fn stack_names(&self) -> Vec<[String; 3]> {
        synth::stack_names(&self.0.tree.borrow())
    }

    /// Finishes the tree and renders it, or returns every problem found.
    ///
    /// Call it once, when everything has been added.
    pub fn synth(&self) -> Result<Synthesis, Vec<Problem>> {
        synth::synth(&self.0)
    }
}

impl Deref for App {
    type Target = Scope;
    fn deref(&self) -> &Scope {
        &self.0
    }
}

// ---------------------------------------------------------------- stage

/// A group of stacks for one environment; it gets an assembly of its own inside the app's.
#[derive(Debug, Clone)]
pub struct Stage(Scope);

/// The recipe of a [`Stage`].
#[derive(Debug, Clone, Default)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct StageProps(Environment);

impl Stage {
    /// A stage whose stacks go wherever the credentials say, unless they say otherwise themselves.
    pub fn props() -> StageProps {
        StageProps::default()
    }
}

impl StageProps {
    /// The environment of the stacks inside that give none.
    pub fn env(self, environment: Environment) -> Self {
        Self(environment)
    }
}

impl Construct for StageProps {
    type Handle = Stage;
    fn build(self, scope: Scope) -> Stage {
        let outer = scope.parent().map(|parent| outer_environment(&parent)).unwrap_or_default();
        scope.tree.borrow_mut()[scope.at].kind = Kind::Stage(environment::completed(self.0, &outer));
        Stage(scope)
    }
}

impl Deref for Stage {
    type Target = Scope;
    fn deref(&self) -> &Scope {
        &self.0
    }
}

fn outer_environment(scope: &Scope) -> Environment {
    let tree = scope.tree.borrow();
    let found = tree.ancestors(scope.at).find_map(|at| match &tree[at].kind {
        Kind::Stage(environment) => Some(environment.clone()),
        _ => None,
    });
    found.unwrap_or_default()
}

// ---------------------------------------------------------------- stack

/// The id of the stack that stands in where there is none.
const STRAY: &str = "Stray";

impl Scope {
    /// The stack this scope belongs to.
    ///
    /// Outside of any stack it reports a problem and gives a stack of the same name that will not be synthesized.
    pub fn stack(&self) -> Stack {
        let found = self.tree.borrow().stack_of(self.at);
        if let Some(at) = found {
            return Stack(self.with(at));
        }
        self.error(
            format!("`{}` is not inside a stack", self.path()),
            "add it to a stack: `app.add(\"Web\", Stack::props())` gives one",
        );
        match self.try_child(STRAY).filter(|child| self.tree.borrow().stack_of(child.at) == Some(child.at)) {
            Some(stray) => Stack(stray),
            None => self.add(STRAY, Stack::props()),
        }
    }

    /// The partition, region and account of the stack filled in: `arn("iam", "role/x")`.
    ///
    /// For services whose ARNs carry no region or account, write them with [`sub!`](crate::sub).
    pub fn arn(&self, service: &str, resource: impl IntoValue<String>) -> Value<String> {
        let stack = self.stack();
        let (region, account, resource) = (stack.region(), stack.account(), resource.into_value());
        sub!("arn:{}:{}:{}:{}:{}", stack.partition(), service, region, account, resource)
    }
}

/// A unit of deployment: one CloudFormation stack.
#[derive(Debug, Clone)]
pub struct Stack(pub(crate) Scope);

/// The recipe of a [`Stack`].
#[derive(Debug, Clone, Default)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct StackProps {
    name: Option<String>,
    environment: Environment,
    description: Option<String>,
    termination_protection: bool,
    notification_arns: Option<Vec<String>>,
    qualifier: Option<String>,
}

impl Stack {
    /// A stack named after its path, environment-agnostic: account and region are those of the credentials.
    pub fn props() -> StackProps {
        StackProps::default()
    }

    fn data<T>(&self, read: impl FnOnce(&StackData) -> T) -> T {
        let tree = self.0.tree.borrow();
        read(tree.stack_data(self.0.at))
    }

    /// The name CloudFormation knows it by.
    pub fn name(&self) -> String {
        self.data(|stack| stack.name.clone())
    }

    /// Its account and region.
    pub fn environment(&self) -> Environment {
        self.data(|stack| stack.environment.clone())
    }

    /// The account id, or `AWS::AccountId` where the stack gives none.
    pub fn account(&self) -> Value<String> {
        self.data(|stack| environment::account(&stack.environment))
    }

    /// The region, or `AWS::Region` where the stack gives none.
    pub fn region(&self) -> Value<String> {
        self.data(|stack| environment::region(&stack.environment))
    }

    /// The part of all names of the bootstrap stack's resources.
    pub fn qualifier(&self) -> String {
        self.data(|stack| stack.qualifier.clone())
    }

    /// `AWS::Partition`.
    pub fn partition(&self) -> Value<String> {
        Value::new(Expr::Pseudo(Pseudo::Partition))
    }

    /// `AWS::URLSuffix`.
    pub fn url_suffix(&self) -> Value<String> {
        Value::new(Expr::Pseudo(Pseudo::UrlSuffix))
    }

    /// The first availability zones of the region, by `Fn::GetAZs`.
    pub fn availability_zones(&self, count: usize) -> Vec<Value<String>> {
        (0..count).map(|index| intrinsics::select(index, intrinsics::availability_zones())).collect()
    }

    /// A name for a resource of this construct that is unique within the app.
    pub fn unique_name_of(&self, scope: &Scope, separator: &str, max: usize) -> String {
        unique_name(&scope.tree.borrow().path_ids(scope.at), separator, max)
    }

    /// Adds a macro that processes the template, for example `AWS::Serverless-2016-10-31`.
    pub fn add_transform(&self, name: impl Into<String>) {
        let name = name.into();
        self.edit(|stack| {
            if !stack.transforms.contains(&name) {
                stack.transforms.push(name);
            }
        });
    }

    /// Adds to the `Metadata` section of the template. Entries of maps are added to those of an earlier call; another
    /// value of the same entry is a problem.
    pub fn template_metadata(&self, key: impl Into<String>, value: impl Into<Expr>) {
        let (key, value) = (key.into(), value.into());
        let mut conflict = None;
        self.edit(|stack| conflict = merge::add_entry(&mut stack.metadata, key, value));
        if let Some(entry) = conflict {
            self.0.error(
                format!("the metadata `{entry}` of the template is set to two values, and it takes one"),
                "set it once, with everything that belongs there",
            );
        }
    }

    fn edit(&self, change: impl FnOnce(&mut StackData)) {
        if let Kind::Stack(data) = &mut self.0.tree.borrow_mut()[self.0.at].kind {
            change(data);
        }
    }
}

impl StackProps {
    /// The stack's name; its path joined by `-` unless given.
    pub fn stack_name(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// Where it is deployed; the stage's environment unless given, else what the credentials say.
    pub fn env(self, environment: Environment) -> Self {
        Self { environment, ..self }
    }

    /// What the stack is for: at most 1024 bytes.
    pub fn description(self, text: impl Into<String>) -> Self {
        Self { description: Some(text.into()), ..self }
    }

    /// CloudFormation refuses to delete the stack.
    pub fn termination_protection(self) -> Self {
        Self { termination_protection: true, ..self }
    }

    /// An SNS topic that CloudFormation reports the stack's events to.
    pub fn notification_arn(mut self, arn: impl Into<String>) -> Self {
        self.notification_arns.get_or_insert_default().push(arn.into());
        self
    }

    /// No SNS topic gets the stack's events: the next deployment removes the stack's topics. Without this, topics that the
    /// app does not name any more stay, because they can be of another tool.
    pub fn no_notification_arns(self) -> Self {
        Self { notification_arns: Some(Vec::new()), ..self }
    }

    /// The qualifier of the bootstrap stack that takes the stack's assets, as in `purlin bootstrap --qualifier`; 1 to 10
    /// letters, digits, `_` and `-`. Unless given, that of [`Scope::set_qualifier`] on the app or stage, else the context
    /// value `@aws-cdk/core:bootstrapQualifier`, which `--context` or `cdk.json` sets, else `hnb659fds`.
    pub fn qualifier(self, qualifier: impl Into<String>) -> Self {
        Self { qualifier: Some(qualifier.into()), ..self }
    }
}

impl Construct for StackProps {
    type Handle = Stack;
    fn build(self, scope: Scope) -> Stack {
        let parent = scope.parent();
        let outer = parent.as_ref().map(outer_environment).unwrap_or_default();
        let enclosing = parent.and_then(|parent| scope.tree.borrow().stack_of(parent.at));
        let name = self.name.unwrap_or_else(|| synth::names::default_stack_name(&scope));
        let data = StackData {
            name,
            environment: environment::completed(self.environment, &outer),
            description: self.description,
            termination_protection: self.termination_protection,
            notification_arns: self.notification_arns,
            qualifier: asset::qualifier(&scope, self.qualifier),
            metadata: BTreeMap::new(),
            transforms: Vec::new(),
        };
        scope.tree.borrow_mut()[scope.at].kind = Kind::Stack(Box::new(data));
        if enclosing.is_some() {
            scope.error(
                "a stack is declared inside another stack",
                "add it to the app or to a stage; nested stacks are not synthesized from the tree",
            );
        }
        Stack(scope)
    }
}

impl Deref for Stack {
    type Target = Scope;
    fn deref(&self) -> &Scope {
        &self.0
    }
}

impl HasScope for App {
    fn scope(&self) -> &Scope {
        &self.0
    }
}

impl HasScope for Stage {
    fn scope(&self) -> &Scope {
        &self.0
    }
}

impl HasScope for Stack {
    fn scope(&self) -> &Scope {
        &self.0
    }
}
