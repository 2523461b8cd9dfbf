//! `purlin deploy`: stacks in their order, each explained while it happens and afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use purlin_assembly::Stack;
use purlin_deploy::{DeployOptions, Deployed, OnFailure, RequireApproval, outputs_json};

use crate::args::Deploy;
use crate::failure::{Failure, Kind};
use crate::progress::{Style, Watcher};
use crate::terminal::Terminal;
use crate::{app, check, notices, report, target};

pub(crate) async fn run(app: Option<&Path>, args: &Deploy, terminal: &Terminal) -> Result<(), Failure> {
    let assembly = app::read(app)?;
    app::check_complete(&assembly)?;
    let chosen = app::chosen(&assembly, &args.selection)?;
    let stacks = if args.selection.exclusively { chosen } else { assembly.with_upstream(&chosen) };
    let parameters = Parameters::of(&args.parameters, &stacks)?;
    if let Some(file) = &args.outputs_file {
        check_writable(file)?;
    }
    notices::show(&stacks, args.quiet, terminal)?;
    if !args.unchecked {
        check::templates(&stacks, args.quiet, terminal)?;
    }
    let mut session = target::connect(&args.place, terminal).await?;
    if let Some(limit) = args.asset_concurrency {
        session = session.with_assets_at_once(limit.into());
    }
    let style = Style { progress: args.progress, is_quiet: args.quiet, accepts_loss: args.yes };
    let watcher = Watcher::new(terminal, style);
    let mut done: Vec<(&str, Deployed)> = Vec::new();
    for (index, stack) in stacks.iter().enumerate() {
        let options = DeployOptions {
            parameters: parameters.of_stack(stack),
            tags: args.tags.iter().cloned().collect(),
            role_arn: args.place.role_arn.clone(),
            on_failure: if args.no_rollback { OnFailure::Keep } else { OnFailure::RollBack },
            // What an emulator permits endangers nobody.
            require_approval: if session.is_local() { RequireApproval::Never } else { RequireApproval::Broadening },
            ..DeployOptions::default()
        };
        match watcher.during(Box::pin(session.deploy(stack, &options, &watcher))).await {
            Ok(deployed) => {
                report::deployed(terminal, stack.display_name(), &deployed, args.quiet);
                done.push((stack.name(), deployed));
            }
            Err(error) => {
                let failure = with_rest(error.into(), &stacks[index + 1..]);
                // What stopped the deployment is the news, whatever becomes of the file.
                return Err(match write_outputs(args, &done) {
                    Ok(()) => failure,
                    Err(unwritten) => failure.detail(format!("  {}", unwritten.message)),
                });
            }
        }
    }
    write_outputs(args, &done)
}

fn with_rest(failure: Failure, rest: &[&Stack]) -> Failure {
    if rest.is_empty() {
        return failure;
    }
    let names: Vec<String> = rest.iter().map(|stack| format!("`{}`", stack.display_name())).collect();
    failure.detail(format!("  not deployed because of it: {}", names.join(", ")))
}

/// Says that outputs cannot be written before there are any.
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

fn write_outputs(args: &Deploy, done: &[(&str, Deployed)]) -> Result<(), Failure> {
    let Some(path) = &args.outputs_file else {
        return Ok(());
    };
    let json = outputs_json(done.iter().map(|(name, deployed)| (*name, deployed)));
    fs::write(path, format!("{json:#}\n"))
        .map_err(|error| Failure::usage(format!("cannot write the outputs to `{}`: {error}", path.display())))
}

/// Parameters as they were typed, sorted out by stack.
struct Parameters {
    /// By stack, which is any of its names; the empty one is every stack.
    given: Vec<(Option<String>, String, String)>,
    /// What each stack's template declares, by the stack's name.
    declared: BTreeMap<String, BTreeSet<String>>,
}

impl Parameters {
    fn of(typed: &[(String, String)], stacks: &[&Stack]) -> Result<Self, Failure> {
        let given: Vec<(Option<String>, String, String)> = typed
            .iter()
            .map(|(key, value)| match key.rsplit_once(':') {
                Some((stack, key)) => (Some(stack.to_owned()), key.to_owned(), value.clone()),
                None => (None, key.clone(), value.clone()),
            })
            .collect();
        let mut declared = BTreeMap::new();
        if !given.is_empty() {
            for stack in stacks {
                declared.insert(stack.name().to_owned(), names(stack)?);
            }
        }
        for (wanted, key, _) in &given {
            let is_meant = |stack: &&&Stack| wanted.as_ref().is_none_or(|wanted| is_named(stack, wanted));
            let mut meant = stacks.iter().filter(is_meant).peekable();
            if let (Some(wanted), None) = (wanted, meant.peek()) {
                return Err(Failure::usage(format!(
                    "`--parameters {wanted}:{key}` names a stack that is not deployed"
                )));
            }
            if !meant.any(|stack| declared[stack.name()].contains(key)) {
                let known: Vec<String> = declared.values().flatten().map(|name| format!("`{name}`")).collect();
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                return Err(Failure::usage(format!("there is no parameter `{key}`; the stacks have {known}")));
            }
        }
        Ok(Self { given, declared })
    }

    /// Those for one stack: what names it, and what names none and fits.
    fn of_stack(&self, stack: &Stack) -> BTreeMap<String, String> {
        let fits = |wanted: &Option<String>, key: &str| match wanted {
            Some(wanted) => is_named(stack, wanted),
            None => self.declared.get(stack.name()).is_some_and(|names| names.contains(key)),
        };
        let matching = self.given.iter().filter(|(wanted, key, _)| fits(wanted, key));
        matching.map(|(_, key, value)| (key.clone(), value.clone())).collect()
    }
}

fn is_named(stack: &Stack, name: &str) -> bool {
    [stack.id(), stack.display_name(), stack.name()].contains(&name)
}

fn names(stack: &Stack) -> Result<BTreeSet<String>, Failure> {
    let template: serde_json::Value = serde_json::from_str(&stack.template()?).map_err(|error| {
        let path = stack.template_path();
        Failure::new(Kind::Problems, format!("the template `{}` is not JSON: {error}", path.display()))
    })?;
    Ok(template["Parameters"].as_object().into_iter().flat_map(|all| all.keys().cloned()).collect())
}
