//! The app: the root of the construct tree, with the passes of this library.

use std::ops::Deref;

use purlin_construct::{HasScope, Phase, Problem, Scope, Synthesis};

/// The root of a tree of stacks.
///
/// At synthesis it runs the passes of this library, which cover raw resources too (for instance egress from load
/// balancers that sign users in). It checks every resource with AWS's schema of its type;
/// [`Ref::unchecked`](crate::Ref::unchecked) skips a schema that is older than the service.
///
/// ```
/// use purlin::{App, Stack, logs::LogGroup};
///
/// let app = App::new();
/// let stack = app.add("Web", Stack::props());
/// stack.add("Logs", LogGroup::props());
/// let synthesis = app.synth().expect("the stack has no problems");
/// assert_eq!(synthesis.stacks[0].name, "Web");
/// ```
#[derive(Debug, Clone)]
pub struct App(purlin_construct::App);

impl App {
    /// An empty app.
    #[track_caller]
    #[expect(clippy::new_without_default, reason = "`default` has no caller location")]
    pub fn new() -> Self {
        let app = Self::unchecked();
        app.0.examine_templates(crate::schema::findings);
        app.0.examine_templates(crate::table_keys::findings);
        app.0.validate(crate::schema::untagged);
        app
    }

    /// An empty app without checks by AWS's schemas.
    #[track_caller]
    pub(crate) fn unchecked() -> Self {
        let app = purlin_construct::App::new();
        app.pass(Phase::Last, crate::elbv2::authentication_egress_pass);
        app.pass(Phase::Last, crate::cognito::issuer_pass);
        app.pass(Phase::Last, crate::ec2::placement_pass);
        Self(app)
    }

    /// The construct path, the artifact id and the name in CloudFormation of every stack.
    pub(crate) fn stack_names(&self) -> Vec<[String; 3]> {
        self.0.stack_names()
    }

    /// Runs the passes and renders the tree, or returns all problems. Call it once.
    pub fn synth(&self) -> Result<Synthesis, Vec<Problem>> {
        self.0.synth()
    }
}

impl Deref for App {
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
