//! Deploys one stack: check, plan, approve, publish, execute, wait, report.

pub(crate) mod capabilities;
mod difference;
mod execute;
mod includes;
mod keep;
mod look_ahead;
mod nested;
mod parameters;
mod prepare;

use std::collections::BTreeMap;

use purlin_assembly::{Stack, StackAssets};
use purlin_diagnosis::{Approval, Change, StackState};
use purlin_template::Broadening;
use serde_json::Value;
use tokio::sync::OnceCell;

use self::capabilities::capabilities;
use self::difference::difference;
use self::parameters::{Known, parameters};
use crate::assets::outside::outside;
use crate::assets::template_upload;
use crate::aws::says_no_such_stack;
use crate::change_set::Planned;
use crate::cloudformation::{ChangeSetState, CloudFormation, Deletion, NewChangeSet, ParameterValue, TemplateSource};
use crate::error::DeployError;
use crate::event::{Event, EventSink, Observer};
use crate::options::{DeployOptions, Method, PreviousParameters};
use crate::outcome::{Deployed, Outcome};
use crate::session::Session;
use crate::{assets, bootstrap, change_set, ownership};

impl Session {
    /// Deploys a stack.
    pub async fn deploy(
        &self,
        stack: &Stack,
        options: &DeployOptions,
        observer: &dyn Observer,
    ) -> Result<Deployed, DeployError> {
        let sink = EventSink::of(stack.name(), observer);
        let session = self.for_stack(stack, sink).await?;
        sink.send(Event::Started {
            account: session.target().account.clone(),
            region: session.target().region.clone(),
        });
        let text = stack.template()?;
        let template: Value = serde_json::from_str(&text)
            .map_err(|source| DeployError::Template { path: stack.template_path(), source })?;
        let cloud = session.cloudformation();
        let assets = stack.assets()?;
        let outside = outside(&assets, session.target())?;
        let (looked, published, agreed) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        let session = &session;
        let deployment = Deployment {
            session,
            cloud,
            stack,
            options,
            sink,
            text,
            template,
            assets,
            outside,
            looked,
            published,
            agreed,
        };
        Box::pin(deployment.run()).await
    }
}

/// A deployment of one stack under way.
struct Deployment<'a> {
    session: &'a Session,
    cloud: CloudFormation,
    stack: &'a Stack,
    options: &'a DeployOptions,
    sink: EventSink<'a>,
    text: String,
    template: Value,
    assets: Vec<StackAssets>,
    /// What publishing the assets does besides.
    outside: Vec<String>,
    /// Set once the preflight checks have passed.
    looked: OnceCell<()>,
    /// Set once the assets are published.
    published: OnceCell<()>,
    /// What was agreed to before the change set was made.
    agreed: OnceCell<Vec<Broadening>>,
}

/// How often another process may change the stack between our look at it and our change set.
const ATTEMPTS: u32 = 4;

impl Deployment<'_> {
    async fn run(self) -> Result<Deployed, DeployError> {
        if let Some(parameter) = &self.stack.properties().bootstrap_stack_version_ssm_parameter
            && self.session.is_local()
        {
            bootstrap::emulated::ensure_version(self.session, parameter).await?;
        }
        for _ in 1..ATTEMPTS {
            match Box::pin(self.attempt()).await {
                // The stack changed after the look: try again.
                Err(DeployError::Refused { message, .. }) if was_overtaken(&message) => {}
                done => return done,
            }
        }
        Box::pin(self.attempt()).await
    }

    async fn attempt(&self) -> Result<Deployed, DeployError> {
        let before = self.make_ready().await?;
        let deployed = match &before {
            Some(state) => self.cloud.given_template(&state.id).await,
            None => None,
        };
        let parameters = self.parameters(before.as_ref(), deployed.as_ref())?;
        self.note_topics(before.as_ref());
        self.look_ahead(before.as_ref(), deployed.as_ref()).await?;
        assets::check(self.session, self.stack, &self.assets, &self.text, self.sink).await?;
        if includes::has_includes(&self.template) {
            self.publish_first(&parameters, before.as_ref(), deployed.as_ref()).await?;
        }
        let new = self.new_change_set(before.is_none(), parameters).await?;
        if self.options.change_set_name.is_some() {
            self.cloud.delete_change_set(&new.stack, &new.name).await?;
        }
        let planned = tokio::select! {
            biased;
            _ = self.sink.observer.next_interruption(self.sink.stack) => None,
            planned = change_set::plan(&self.cloud, self.session.clock(), &new) => Some(planned?),
        };
        match planned {
            None => Err(self.detached(&new).await),
            Some(Planned::Changes { set, changes }) => {
                self.sink.send(Event::Planned { is_new: new.is_new, changes: changes.clone() });
                if let Err(other) = self.compare(&new, &set).await {
                    change_set::discard(&self.cloud, self.session.clock(), &new).await;
                    return Err(other);
                }
                let approval = self.approval(&new.parameters, &changes, before.as_ref(), deployed.as_ref()).await;
                self.ask(&new, approval).await?;
                if let Err(unpublished) = self.publish().await {
                    change_set::discard(&self.cloud, self.session.clock(), &new).await;
                    return Err(unpublished);
                }
                if self.options.method == Method::PrepareOnly {
                    return Ok(prepared(&set));
                }
                self.execute(before, &new, &set, &changes).await
            }
            Some(Planned::Nothing) => match before {
                // No changes, but the stack is in a failed state.
                Some(before) if before.status.failed() => Err(DeployError::Stuck {
                    stack: new.stack.clone(),
                    status: before.status,
                    reason: before.reason,
                    advice: format!("roll the failed deployment back with `purlin rollback {}`", new.stack),
                }),
                Some(before) => self.finish(&before, Outcome::Unchanged).await,
                None => Err(DeployError::Refused {
                    stack: new.stack,
                    message: "the template has no resources to create".to_owned(),
                }),
            },
        }
    }

    /// Publishes the assets, unless the user interrupts: images may take long to build.
    async fn publish(&self) -> Result<(), DeployError> {
        let publish = || async {
            tokio::select! {
                biased;
                published = assets::publish(self.session, self.stack, &self.assets, self.sink) => published,
                _ = self.sink.observer.next_interruption(self.sink.stack) => {
                    Err(DeployError::Detached { stack: self.stack.name().to_owned(), has_begun: false })
                }
            }
        };
        self.published.get_or_try_init(publish).await.copied()
    }

    /// CloudFormation reads included files when it creates the change set, so the assets are published before AWS can say
    /// what changes: what is known without AWS is asked before.
    async fn publish_first(
        &self,
        parameters: &BTreeMap<String, ParameterValue>,
        before: Option<&StackState>,
        deployed: Option<&Value>,
    ) -> Result<(), DeployError> {
        let approval = self.approval(parameters, &[], before, deployed).await;
        let answer = if self.published.initialized() { Some(true) } else { self.answer(&approval).await };
        let stack = self.stack.name().to_owned();
        match answer {
            Some(true) => {
                let _ = self.agreed.set(approval.broadening);
                self.publish().await
            }
            Some(false) => Err(DeployError::NotAccepted { stack, approval: Box::new(approval) }),
            None => Err(DeployError::Detached { stack, has_begun: false }),
        }
    }

    /// Compares the template of the change set with the one that was read: what is approved is computed from that one.
    async fn compare(&self, new: &NewChangeSet, set: &ChangeSetState) -> Result<(), DeployError> {
        let other = |difference: String| DeployError::OtherTemplate { stack: new.stack.clone(), difference };
        match self.cloud.template_of(set).await {
            Ok(text) => difference(&self.template, &text).map_or(Ok(()), |it| Err(other(it))),
            // It was part of the call, so no one else can have written it.
            Err(_) if matches!(new.template, TemplateSource::Body(_)) => Ok(()),
            Err(error) => Err(other(format!("it cannot be read: {error}"))),
        }
    }

    /// The user detached before anything was begun.
    async fn detached(&self, new: &NewChangeSet) -> DeployError {
        change_set::discard_late(&self.cloud, self.session.clock(), new).await;
        DeployError::Detached { stack: new.stack.clone(), has_begun: false }
    }

    /// What the user is asked about, without what has been agreed to.
    async fn approval(
        &self,
        parameters: &BTreeMap<String, ParameterValue>,
        changes: &[Change],
        before: Option<&StackState>,
        deployed: Option<&Value>,
    ) -> Approval {
        let template = parameters::with_values(&self.template, parameters, before);
        let deployed = deployed.map(|it| parameters::with_previous_values(it, before));
        let mut approval = Approval::of(before.is_none(), changes, deployed.as_ref(), &template);
        let stack = before.map(|state| state.id.as_str());
        self.look_into_nested(&mut approval.broadening, &template, stack).await;
        approval.broadening.retain(|it| !self.agreed.get().is_some_and(|agreed| agreed.contains(it)));
        let outside = if self.published.initialized() { Vec::new() } else { self.outside.clone() };
        Approval { outside, capabilities: capabilities(&self.template), ..approval }
    }

    /// Asks the user for approval, where it is needed. A change set that is only prepared changes nothing yet, but its
    /// assets leave this machine.
    async fn ask(&self, new: &NewChangeSet, approval: Approval) -> Result<(), DeployError> {
        let has_assets = assets::has_any(self.stack, &self.assets) && !self.published.initialized();
        if self.options.method == Method::PrepareOnly && !has_assets {
            return Ok(());
        }
        match self.answer(&approval).await {
            Some(true) => Ok(()),
            Some(false) => {
                change_set::discard(&self.cloud, self.session.clock(), new).await;
                Err(DeployError::NotAccepted { stack: new.stack.clone(), approval: Box::new(approval) })
            }
            None => Err(self.detached(new).await),
        }
    }

    /// The user's answer, `true` where none is needed; none after an interruption.
    async fn answer(&self, approval: &Approval) -> Option<bool> {
        if !approval.is_needed(self.options.require_approval) {
            return Some(true);
        }
        tokio::select! {
            biased;
            _ = self.sink.observer.next_interruption(self.sink.stack) => None,
            answer = self.sink.observer.approve(self.sink.stack, approval) => Some(answer),
        }
    }

    async fn new_change_set(
        &self,
        is_new: bool,
        parameters: BTreeMap<String, ParameterValue>,
    ) -> Result<NewChangeSet, DeployError> {
        let notification_arns = match (&self.stack.properties().notification_arns, &self.options.notification_arns) {
            (Some(arns), None) => Some(arns.clone()),
            (Some(arns), Some(more)) if !more.is_empty() => Some(arns.iter().chain(more).cloned().collect()),
            (_, given) => given.clone(),
        };
        let mut tags = self.stack.properties().tags.clone();
        tags.extend(self.options.tags.clone());
        Ok(NewChangeSet {
            stack: self.stack.name().to_owned(),
            name: self.options.change_set_name.clone().unwrap_or_else(ownership::change_set_name),
            is_new,
            template: self.template_source().await?,
            capabilities: capabilities(&self.template),
            parameters,
            tags,
            notification_arns,
            role_arn: self.role(),
            import_existing_resources: self.options.import_existing_resources,
            rollback_alarms: self.options.rollback_alarms.clone(),
        })
    }

    /// Topics that the app does not name stay: they can be of another tool, or a setting that was taken away.
    fn note_topics(&self, before: Option<&StackState>) {
        let topics = before.map(|state| state.notification_arns.join("`, `")).unwrap_or_default();
        let is_named = self.stack.properties().notification_arns.is_some() || self.options.notification_arns.is_some();
        if !topics.is_empty() && !is_named {
            let stack = self.stack.name();
            self.sink.note(format!(
                "stack `{stack}` sends its events to `{topics}`, which the app does not name: they stay; \
                 `--no-notification-arns` removes them"
            ));
        }
    }

    fn parameters(
        &self,
        before: Option<&StackState>,
        deployed: Option<&Value>,
    ) -> Result<BTreeMap<String, ParameterValue>, DeployError> {
        let mut given = self.stack.properties().parameters.clone();
        given.extend(self.options.parameters.clone());
        let none = BTreeMap::new();
        let rule = self.options.previous_parameters;
        let before = before.filter(|_| rule != PreviousParameters::Forget);
        let previous = before.map_or(&none, |state| &state.parameters);
        let keeps_all = rule == PreviousParameters::KeepAll;
        let known = Known { stack: self.stack.name(), template: &self.template, deployed, previous, keeps_all };
        parameters(known, &given)
    }

    async fn template_source(&self) -> Result<TemplateSource, DeployError> {
        if template_upload::fits_in_a_call(&self.text) {
            return Ok(TemplateSource::Body(self.text.clone()));
        }
        let url = template_upload::upload(self.session, self.stack, &self.assets, &self.text, self.sink).await?;
        Ok(TemplateSource::Url(url))
    }

    fn role(&self) -> Option<String> {
        let asked = self.options.role_arn.clone();
        let role = asked.or_else(|| self.stack.properties().cloud_formation_execution_role_arn.clone());
        role.map(|role| self.session.target().fill(&role)).filter(|_| !self.session.is_local())
    }

    fn deletion(&self) -> Deletion {
        Deletion { role_arn: self.role(), retain: Vec::new(), token: ownership::token(self.session.caller()) }
    }
}

/// Whether CloudFormation refuses a change set because the stack is not what it was when we looked.
fn was_overtaken(message: &str) -> bool {
    let says = |words: &str| message.contains(words);
    says("_IN_PROGRESS state and can not be updated")
        || says("already exists and cannot be created again")
        || says_no_such_stack(message)
}

fn prepared(set: &ChangeSetState) -> Deployed {
    Deployed {
        stack_id: set.stack_id.clone(),
        outcome: Outcome::Prepared,
        change_set: Some(set.id.clone()),
        outputs: BTreeMap::new(),
    }
}
