//! Change sets: made, looked at, executed, deleted.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Asked, existing, page, unfit};
use crate::begin::Wanted;
use crate::operation::Phase;
use crate::stack::{Change, ChangeSet, Stack};
use crate::template;
use crate::world::World;
use crate::xml::{Answer, Reply, invalid, maybe, members, nest, refusal, refusal_of, tag, time};

const NOTHING: &str =
    "The submitted information didn't contain changes. Submit different information to create a change set.";

pub fn create(world: &mut World, asked: Asked<'_>) -> Reply {
    let (wanted, name, token) = (asked.text("StackName"), asked.text("ChangeSetName"), asked.maybe("ClientToken"));
    let is_create = asked.text("ChangeSetType") == "CREATE";
    let found = world.find(&wanted).filter(|stack| world.stacks[*stack].is_live());
    if let Some(stack) = found
        && let Some(set) = world.stacks[stack].change_sets.iter().find(|set| set.name == name && !set.is_executed)
    {
        if token.is_some() && set.token == token {
            return Ok(tag("Id", &set.id) + &tag("StackId", &world.stacks[stack].id));
        }
        return Err(refusal("AlreadyExistsException", &format!("ChangeSet [{name}] already exists")));
    }
    let template = checked(world, asked)?;
    let stack = match (found, is_create) {
        (Some(stack), true) if world.stacks[stack].status != "REVIEW_IN_PROGRESS" => {
            return invalid(format!(
                "Stack [{wanted}] already exists and cannot be created again with the changeSet [{name}]."
            ));
        }
        (Some(stack), false) if !world.stacks[stack].is_fit_for_update() => {
            return unfit(&world.stacks[stack], "updated");
        }
        (Some(stack), _) => stack,
        (None, false) => return invalid(format!("Stack [{wanted}] does not exist")),
        (None, true) => shell(world, &wanted),
    };
    let set = made(world, &world.stacks[stack].clone(), template, asked)?;
    let answer = tag("Id", &set.id) + &tag("StackId", &world.stacks[stack].id);
    world.stacks[stack].change_sets.push(set);
    Ok(answer)
}

/// A stack that is nothing but a place for change sets.
fn shell(world: &mut World, name: &str) -> usize {
    let id = world.arn("stack", name);
    let now = world.clock.now();
    world.stacks.push(Stack::new(id, name.to_owned(), now));
    let stack = world.stacks.len() - 1;
    world.status(stack, now, "REVIEW_IN_PROGRESS", Some("User Initiated"));
    stack
}

/// The template, when there is nothing wrong with it.
fn checked(world: &World, asked: Asked<'_>) -> Result<Value, Answer> {
    let url = asked.text("TemplateURL");
    let template = match asked.maybe("TemplateBody") {
        Some(body) => serde_json::from_str(&body).ok(),
        None => world.objects.get(&url).cloned(),
    };
    let Some(template) = template else {
        return invalid("Template format error: JSON not well-formed. (line 1, column 1)");
    };
    let resources = template::resources(&template);
    if resources.is_empty() {
        return invalid("Template format error: At least one Resources member must be defined.");
    }
    let is_iam = resources.values().any(|definition| template::kind(definition).starts_with("AWS::IAM::"));
    if is_iam && asked.list("Capabilities").is_empty() {
        return Err(refusal("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_IAM]"));
    }
    Ok(template)
}

fn made(world: &mut World, stack: &Stack, template: Value, asked: Asked<'_>) -> Result<ChangeSet, Answer> {
    let parameters = parameters(stack, &template, asked)?;
    let tags: BTreeMap<String, String> =
        asked.pairs("Tags", "Key", "Value").into_iter().map(|(key, value)| (key, value.unwrap_or_default())).collect();
    let imports = asked.text("ChangeSetType") == "IMPORT";
    let all = changes(stack, &template, &parameters, imports);
    let is_same = stack.tags == tags && stack.template["Outputs"] == template["Outputs"];
    let is_update = stack.status != "REVIEW_IN_PROGRESS" && !stack.status.ends_with("_FAILED");
    let words = if world.says_no_updates { "No updates are to be performed." } else { NOTHING };
    let name = asked.text("ChangeSetName");
    Ok(ChangeSet {
        id: world.arn("changeSet", &name),
        name,
        is_create: asked.text("ChangeSetType") == "CREATE",
        template,
        parameters,
        tags,
        role: asked.maybe("RoleARN"),
        notifications: asked.list("NotificationARNs"),
        imports,
        token: asked.maybe("ClientToken"),
        ready: world.clock.now() + world.planning,
        failure: (all.is_empty() && is_same && is_update).then(|| words.to_owned()),
        changes: all,
        is_executed: false,
    })
}

fn parameters(stack: &Stack, template: &Value, asked: Asked<'_>) -> Result<BTreeMap<String, String>, Answer> {
    let given: BTreeMap<_, _> = asked.pairs("Parameters", "ParameterKey", "ParameterValue").into_iter().collect();
    let mut values = BTreeMap::new();
    let mut missing = Vec::new();
    for (key, declared) in template["Parameters"].as_object().into_iter().flatten() {
        let previous = given.get(key).and_then(|_| stack.parameters.get(key).cloned());
        let default = declared.get("Default").map(|value| value.as_str().map_or(value.to_string(), str::to_owned));
        match given.get(key).cloned().flatten().or(previous).or(default) {
            Some(value) => {
                values.insert(key.clone(), value);
            }
            None => missing.push(key.clone()),
        }
    }
    if missing.is_empty() {
        Ok(values)
    } else {
        invalid(format!("Parameters: [{}] must have values", missing.join(", ")))
    }
}

/// What becomes of each resource, in the order of their names.
fn changes(stack: &Stack, template: &Value, parameters: &BTreeMap<String, String>, imports: bool) -> Vec<Change> {
    let wanted = template::resources(template);
    let mut all = Vec::new();
    for (logical, definition) in &wanted {
        let old = stack.resources.get(logical);
        let differing = old.map(|old| template::differing(&old.definition, definition)).unwrap_or_default();
        let is_nested = template::kind(definition) == crate::operation::NESTED;
        let action = match old {
            None if imports => "Import",
            None => "Add",
            Some(old) if differing.is_empty() && !is_nested && !old.status.ends_with("_FAILED") => continue,
            Some(_) => "Modify",
        };
        let value = |definition: &Value, property: &String| {
            definition["Properties"].get(property).map(|value| template::resolved(value, parameters))
        };
        let before = |property: &String| value(&old?.definition, property);
        let properties = differing.iter().map(|it| (it.clone(), before(it), value(definition, it))).collect();
        all.push(Change {
            action,
            logical: logical.clone(),
            physical: old.map(|old| old.physical.clone()),
            definition: definition.clone(),
            properties,
            replaces: template::replaces(&differing),
        });
    }
    let removed = stack.resources.iter().filter(|(logical, _)| !wanted.contains_key(*logical));
    all.extend(removed.map(|(logical, old)| Change {
        action: "Remove",
        logical: logical.clone(),
        physical: Some(old.physical.clone()),
        definition: old.definition.clone(),
        properties: Vec::new(),
        replaces: false,
    }));
    all
}

/// The stack and the change set that are asked about.
fn find(world: &World, asked: Asked<'_>) -> Result<(usize, usize), Answer> {
    let name = asked.text("ChangeSetName");
    let stacks = if name.starts_with("arn:") {
        0..world.stacks.len()
    } else {
        let stack = existing(world, asked)?;
        stack..stack + 1
    };
    for stack in stacks {
        let sets = &world.stacks[stack].change_sets;
        if let Some(set) = sets.iter().rposition(|set| set.id == name || set.name == name) {
            return Ok((stack, set));
        }
    }
    Err(refusal_of(404, "ChangeSetNotFound", &format!("ChangeSet [{name}] does not exist")))
}

pub fn describe(world: &mut World, asked: Asked<'_>) -> Reply {
    let (stack, set) = find(world, asked)?;
    let (stack, now) = (&world.stacks[stack], world.clock.now());
    let set = &stack.change_sets[set];
    let status = set.status(now);
    let drops = |change: &Change| asked.is("IncludePropertyValues") && world.dropped.contains(&change.logical);
    let shown: Vec<&Change> = set.changes.iter().filter(|it| status == "CREATE_COMPLETE" && !drops(it)).collect();
    let dropped = set.changes.iter().find(|it| drops(it) && status == "CREATE_COMPLETE").map(|change| {
        format!(
            "[WARN] --include-property-values option can return incomplete ChangeSet data because: ChangeSet \
             creation failed for resource [{}] because: No export named x found",
            change.logical
        )
    });
    let failure = set.failure.as_ref().filter(|_| status == "FAILED").or(dropped.as_ref());
    let (changes, next) = page(&shown, asked.page(), world.page);
    let elements = changes.iter().map(|change| told(change, asked.is("IncludePropertyValues")));
    Ok([
        tag("ChangeSetId", &set.id),
        tag("ChangeSetName", &set.name),
        tag("StackId", &stack.id),
        tag("StackName", &stack.name),
        tag("CreationTime", time(set.ready - world.planning)),
        tag("Status", status),
        tag("ExecutionStatus", set.execution(now)),
        maybe("StatusReason", failure),
        members("Changes", elements),
        next,
    ]
    .concat())
}

fn told(change: &Change, with_values: bool) -> String {
    let recreation = if change.replaces { "Always" } else { "Never" };
    let details = change.properties.iter().map(|(property, before, after)| {
        let values = if with_values {
            maybe("BeforeValue", before.as_ref()) + &maybe("AfterValue", after.as_ref())
        } else {
            String::new()
        };
        let target = tag("Attribute", "Properties") + &tag("Name", property) + &tag("RequiresRecreation", recreation);
        nest("Target", &(target + &values)) + &tag("Evaluation", "Static") + &tag("ChangeSource", "DirectModification")
    });
    let policy = match (change.action, template::is_retained(&change.definition)) {
        ("Remove", true) => Some("Retain"),
        ("Remove", false) => Some("Delete"),
        _ if change.replaces => Some("ReplaceAndDelete"),
        _ => None,
    };
    let inside = [
        maybe("PolicyAction", policy),
        tag("Action", change.action),
        tag("LogicalResourceId", &change.logical),
        maybe("PhysicalResourceId", change.physical.as_ref()),
        tag("ResourceType", template::kind(&change.definition)),
        maybe("Replacement", (change.action == "Modify").then_some(if change.replaces { "True" } else { "False" })),
        members("Scope", (change.action == "Modify").then(|| "Properties".to_owned())),
        members("Details", details),
    ];
    tag("Type", "Resource") + &nest("ResourceChange", &inside.concat())
}

pub fn execute(world: &mut World, asked: Asked<'_>) -> Reply {
    let (index, number) = find(world, asked)?;
    let now = world.clock.now();
    let set = world.stacks[index].change_sets[number].clone();
    let token = asked.maybe("ClientRequestToken");
    if let Some(known) = &token
        && world.stacks[index].tokens.contains(known)
    {
        return Ok(String::new());
    }
    let (status, execution) = (set.status(now), set.execution(now));
    if execution != "AVAILABLE" {
        let (kind, status) =
            if status == "CREATE_COMPLETE" { ("execution status", execution) } else { ("status", status) };
        let message = format!("ChangeSet [{}] cannot be executed in its current {kind} of [{status}]", set.id);
        return Err(refusal("InvalidChangeSetStatus", &message));
    }
    let stack = &mut world.stacks[index];
    if !stack.is_fit_for_update() && stack.status != "REVIEW_IN_PROGRESS" {
        return unfit(stack, "updated");
    }
    stack.change_sets.retain(|it| it.id == set.id);
    stack.change_sets[0].is_executed = true;
    stack.change_set = Some(set.id);
    stack.role = set.role;
    stack.notifications = set.notifications;
    let phase = match (set.is_create, set.imports) {
        (true, _) => Phase::Create,
        (_, true) => Phase::Import,
        _ => Phase::Update,
    };
    let (parameters, tags, keeps) = (set.parameters, set.tags, asked.is("DisableRollback"));
    world.begin_forward(index, now, Wanted { template: set.template, parameters, tags, phase, token, keeps });
    Ok(String::new())
}

pub fn delete(world: &mut World, asked: Asked<'_>) -> Reply {
    match find(world, asked) {
        Ok((stack, set)) => {
            let it = &world.stacks[stack];
            if it.change_sets[set].is_executed && it.is_busy() {
                let message = format!("ChangeSet [{}] is being executed and cannot be deleted", it.change_sets[set].id);
                return Err(refusal("InvalidChangeSetStatus", &message));
            }
            world.stacks[stack].change_sets.remove(set);
        }
        // One that is gone already is none of AWS's business.
        Err(refused) if refused.status == 404 => {}
        Err(refused) => return Err(refused),
    }
    Ok(String::new())
}

pub fn list(world: &mut World, asked: Asked<'_>) -> Reply {
    let (stack, now) = (existing(world, asked)?, world.clock.now());
    let stack = &world.stacks[stack];
    let waiting: Vec<&ChangeSet> = stack.change_sets.iter().filter(|set| !set.is_executed).collect();
    let (sets, next) = page(&waiting, asked.page(), world.page);
    let summaries = sets.iter().map(|set| {
        [
            tag("ChangeSetId", &set.id),
            tag("ChangeSetName", &set.name),
            tag("StackId", &stack.id),
            tag("Status", set.status(now)),
            tag("ExecutionStatus", set.execution(now)),
            tag("CreationTime", time(set.ready - world.planning)),
        ]
        .concat()
    });
    Ok(members("Summaries", summaries) + &next)
}
