//! `purlin deploy`: deploys stacks in their order, and explains failures.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use purlin_assembly::Stack;
use purlin_deploy::{
    Batch, DeployOptions, Deployed, FailFast, IfBusy, Method, OnFailure, RollbackAlarms, Verdict, outputs_json,
};
use purlin_diagnosis::RequireApproval;

use crate::args::{self, Approve, Deploy};
use crate::failure::Failure;
use crate::parameters::Parameters;
use crate::runtime::or_interrupted;
use crate::terminal::{Terminal, Tone};
use crate::text::columns;
use crate::view::{Style, View};
use crate::{app, by_hand, check, explain, given, notices, target};

pub(crate) async fn run(app: Option<&Path>, args: &Deploy, terminal: &Terminal) -> Result<(), Failure> {
    let assembly = app::read(app)?;
    let chosen = app::chosen(&assembly, &args.selection)?;
    app::check_complete(&assembly)?;
    let last = chosen.last().map(|stack| stack.name().to_owned()).unwrap_or_default();
    let stacks = if args.selection.exclusively { chosen } else { assembly.with_upstream(&chosen) };
    assembly.pin(&stacks)?;
    let parameters = Parameters::of(&args.parameters, &stacks)?;
    let common = options(args)?;
    if let Some(file) = &args.outputs_file {
        check_writable(file)?;
    }
    notices::show(&stacks, args.watch.quiet, terminal)?;
    if !args.unchecked {
        check::templates(&stacks, args.watch.quiet, terminal)?;
    }
    let mut session = or_interrupted(Box::pin(target::connect(&args.place, terminal))).await?;
    if let Some(limit) = args.asset_concurrency {
        session = session.with_assets_at_once(limit.into());
    }
    let require_approval = match args.require_approval {
        // Permissions in an emulator are no risk.
        None if session.is_local() => RequireApproval::Never,
        Some(Approve::Never) => RequireApproval::Never,
        None | Some(Approve::Broadening) => RequireApproval::Broadening,
        Some(Approve::AnyChange) => RequireApproval::AnyChange,
    };
    // In an emulator, names and zones are never taken by others.
    let no_preflight = args.no_preflight || session.is_local();
    let now = SystemTime::now();
    let options = |stack: &&Stack| DeployOptions {
        parameters: parameters.of_stack(stack),
        require_approval,
        no_preflight,
        evidence: Some(explain::folder(args.failing.evidence.as_deref(), assembly.directory(), stack.name(), now)),
        ..common.clone()
    };
    let options: Vec<DeployOptions> = stacks.iter().map(options).collect();
    let view = View::of(terminal, Style::of(args.watch, args.yes), &stacks, session.is_local());
    let batch = Batch::of(&assembly, &stacks);
    let work = session.deploy_all(&batch, &options, args.concurrency, &view);
    let verdicts = view.during(Box::pin(work)).await?;
    // The failure of the deployment is reported first, with that of the file.
    let written = write_outputs(args, &stacks, &verdicts);
    match (view.conclusion(&stacks, verdicts, "deployed"), written) {
        (Err(failure), Err(unwritten)) => Err(failure.detail(format!("  {}", unwritten.message))),
        (Err(failure), Ok(())) | (Ok(()), Err(failure)) => Err(failure),
        (Ok(()), Ok(())) => {
            if args.place.local && !args.watch.quiet && !args.watch.json {
                next_steps(&last, terminal);
            }
            Ok(())
        }
    }
}

/// Prints what can be done with a stack in the emulator, as the user runs this command.
fn next_steps(stack: &str, terminal: &Terminal) {
    let program = by_hand::program();
    let steps = [
        (format!("{program} smoke {stack} --local"), "checks that users and machines can sign in"),
        (format!("{program} logs {stack} --local"), "prints the logs of services and functions"),
        (format!("{program} local stop"), "stops the emulator, with all that is deployed there"),
    ];
    let width = steps.iter().map(|(command, _)| columns(command)).max().unwrap_or_default();
    terminal.eprint(&terminal.epaint(Tone::Strong, "next:"));
    for (command, effect) in steps {
        terminal.eprint(&format!("  {command:width$}  {}", terminal.epaint(Tone::Faint, effect)));
    }
}

/// The policy of a stack without restrictions
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html>).
const ALL_UPDATES: &str =
    r#"{"Statement": [{"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}]}"#;

/// The options of all stacks.
fn options(args: &Deploy) -> Result<DeployOptions, Failure> {
    let settings = &args.settings;
    let prepares = args.change_set.no_execute || args.change_set.method == Some(args::Method::PrepareChangeSet);
    Ok(DeployOptions {
        tags: settings.tags.iter().cloned().collect(),
        role_arn: args.place.role_arn.clone(),
        notification_arns: (settings.removed.no_notification_arns || !settings.notification_arns.is_empty())
            .then(|| settings.notification_arns.clone()),
        on_failure: if args.failing.no_rollback { OnFailure::Keep } else { OnFailure::RollBack },
        if_busy: if args.failing.wait { IfBusy::Wait } else { IfBusy::Refuse },
        method: if prepares { Method::PrepareOnly } else { Method::Execute },
        change_set_name: args.change_set.change_set_name.clone(),
        import_existing_resources: args.change_set.import_existing_resources,
        rollback_alarms: match rollback_alarms(&settings.rollback_alarm, settings.rollback_monitoring)? {
            None if settings.removed.no_rollback_alarms => Some(RollbackAlarms::default()),
            alarms => alarms,
        },
        stack_policy: match settings.stack_policy.as_deref().map(policy).transpose()? {
            None if settings.removed.no_stack_policy => Some(ALL_UPDATES.to_owned()),
            policy => policy,
        },
        termination_protection: match (settings.termination_protection, settings.no_termination_protection) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        },
        fail_fast: FailFast { same_reasons: args.failing.fail_fast, ecs_timeout: args.failing.ecs_timeout },
        previous_parameters: args.parameters.previous(),
        ..DeployOptions::default()
    })
}

/// CloudFormation takes at most five alarms.
fn rollback_alarms(arns: &[String], monitoring_minutes: u8) -> Result<Option<RollbackAlarms>, Failure> {
    match arns.len() {
        0 => Ok(None),
        1..=5 => Ok(Some(RollbackAlarms { arns: arns.to_vec(), monitoring_minutes })),
        many => {
            Err(Failure::usage(format!("`--rollback-alarm` was given {many} times; CloudFormation takes at most 5")))
        }
    }
}

fn policy(file: &Path) -> Result<String, Failure> {
    let wrong = |why: String| Failure::usage(format!("cannot use the stack policy `{}`: {why}", file.display()));
    let text = given::text(file).map_err(|error| wrong(error.to_string()))?;
    serde_json::from_str::<serde_json::Value>(&text).map_err(|error| wrong(format!("it is not JSON: {error}")))?;
    Ok(text)
}

/// Checks before the deployment that the outputs can be written.
fn check_writable(file: &Path) -> Result<(), Failure> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let wrong = if file.is_dir() {
        "that is a folder"
    } else if !folder.is_dir() {
        "its folder does not exist"
    } else {
        return Ok(());
    };
    Err(Failure::usage(format!("cannot write the outputs to `{}`: {wrong}", file.display()))
        .hint("give `--outputs-file` a file in a folder that exists; nothing was deployed"))
}

fn write_outputs(args: &Deploy, stacks: &[&Stack], verdicts: &[Verdict<Deployed>]) -> Result<(), Failure> {
    let Some(path) = &args.outputs_file else {
        return Ok(());
    };
    let done = stacks.iter().zip(verdicts).filter_map(|(stack, verdict)| match verdict {
        Verdict::Done(deployed) => Some((stack.name(), deployed)),
        _ => None,
    });
    let json = outputs_json(done);
    fs::write(path, format!("{json:#}\n"))
        .map_err(|error| Failure::usage(format!("cannot write the outputs to `{}`: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::Parser;
    use purlin_deploy::PreviousParameters;

    use super::*;
    use crate::args::{Args, Command};

    fn options_of(line: &str) -> Result<DeployOptions, String> {
        let args = Args::try_parse_from(format!("purlin deploy Web {line}").split_whitespace());
        let args = args.map_err(|error| error.to_string())?;
        let Command::Deploy(deploy) = args.command else { panic!("it is a deployment") };
        options(&deploy).map_err(|failure| failure.message)
    }

    #[test]
    fn every_option_reaches_the_engine() {
        let of = |change: fn(&mut DeployOptions)| {
            let mut options = DeployOptions::default();
            change(&mut options);
            options
        };
        let alarms = |it: &mut DeployOptions| {
            it.rollback_alarms = Some(RollbackAlarms { arns: vec!["a".into(), "b".into()], monitoring_minutes: 5 });
        };
        let cases = [
            ("", DeployOptions::default()),
            ("--no-execute", of(|it| it.method = Method::PrepareOnly)),
            ("--method prepare-change-set", of(|it| it.method = Method::PrepareOnly)),
            ("--method change-set", DeployOptions::default()),
            ("--change-set-name mine", of(|it| it.change_set_name = Some("mine".into()))),
            ("--import-existing-resources", of(|it| it.import_existing_resources = true)),
            ("--notification-arns a,b", of(|it| it.notification_arns = Some(vec!["a".into(), "b".into()]))),
            ("--no-notification-arns", of(|it| it.notification_arns = Some(Vec::new()))),
            ("--no-stack-policy", of(|it| it.stack_policy = Some(ALL_UPDATES.into()))),
            ("--no-rollback-alarms", of(|it| it.rollback_alarms = Some(RollbackAlarms::default()))),
            ("--role-arn r", of(|it| it.role_arn = Some("r".into()))),
            ("--rollback-alarm a --rollback-alarm b --rollback-monitoring 5", of(alarms)),
            ("--termination-protection", of(|it| it.termination_protection = Some(true))),
            ("--no-termination-protection", of(|it| it.termination_protection = Some(false))),
            ("--no-previous-parameters", of(|it| it.previous_parameters = PreviousParameters::Forget)),
            ("--previous-parameters", of(|it| it.previous_parameters = PreviousParameters::KeepAll)),
            ("--no-rollback", of(|it| it.on_failure = OnFailure::Keep)),
            ("--wait", of(|it| it.if_busy = IfBusy::Wait)),
            ("--fail-fast", of(|it| it.fail_fast.same_reasons = Some(3))),
            ("--fail-fast=5", of(|it| it.fail_fast.same_reasons = Some(5))),
            ("--ecs-timeout 10", of(|it| it.fail_fast.ecs_timeout = Some(Duration::from_mins(10)))),
            ("--tags a=b", of(|it| it.tags = [("a".to_owned(), "b".to_owned())].into())),
        ];
        for (line, expected) in cases {
            assert_eq!(options_of(line).as_ref(), Ok(&expected), "{line}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (line, expected) in [
            ("--rollback-alarm a,b,c,d,e,f", "CloudFormation takes at most 5"),
            ("--rollback-monitoring 5", "--rollback-alarm"),
            ("--rollback-alarm a --rollback-monitoring 181", "181"),
            ("--termination-protection --no-termination-protection", "cannot be used with"),
            ("--no-execute --method change-set", "cannot be used with"),
            ("--stack-policy /absent", "cannot use the stack policy `/absent`"),
            ("--concurrency 0", "0"),
            ("--require-approval sometimes", "any-change"),
        ] {
            let refused = options_of(line).unwrap_err();
            assert!(refused.contains(expected), "{line}: {refused}");
        }
    }
}
