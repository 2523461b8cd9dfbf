//! Looks at stacks, their events, resources and templates.

use super::{Asked, existing, page};
use crate::stack::{Event, Look, Resource, Stack};
use crate::template as templates;
use crate::world::World;
use crate::xml::{Reply, invalid, maybe, members, nest, tag, time};

pub fn stacks(world: &mut World, asked: Asked<'_>) -> Reply {
    let Some(name) = asked.maybe("StackName") else {
        let living = world.stacks.iter().filter(|stack| stack.is_live());
        return Ok(members("Stacks", living.map(|stack| stack_element(stack, None))));
    };
    let Some(stack) = world.find(&name) else {
        return invalid(format!("Stack with id {name} does not exist"));
    };
    let is_stale = world.stacks[stack].begun.len() + world.stacks[stack].history.len() > 1
        && name.starts_with("arn:")
        && world.weather.happens(world.stale_percent);
    let lag = if is_stale { world.weather.below(12_000) } else { 0 };
    let at = world.clock.now() - lag;
    let stack = &world.stacks[stack];
    let past = stack.history.iter().rfind(|look| look.since <= at);
    let is_other = past.is_some_and(|past| past.status != stack.status);
    let element = stack_element(stack, past.filter(|_| is_other));
    if is_other {
        world.weather.count("stale look");
    }
    Ok(members("Stacks", [element]))
}

fn stack_element(stack: &Stack, past: Option<&Look>) -> String {
    let (status, reason, updated) = match past {
        Some(past) => (&past.status, &past.reason, past.updated),
        None => (&stack.status, &stack.reason, stack.updated),
    };
    let pair = |names: [&str; 2], (key, value): (&String, &String)| tag(names[0], key) + &tag(names[1], value);
    let parent = stack.parent.as_ref().map(|(parent, _)| format!("arn:aws:cloudformation:::stack/parent/{parent}"));
    [
        tag("StackId", &stack.id),
        tag("StackName", &stack.name),
        tag("CreationTime", time(stack.created)),
        maybe("LastUpdatedTime", updated.map(time)),
        maybe("DeletionTime", stack.deleted.map(time)),
        tag("StackStatus", status),
        maybe("StackStatusReason", reason.as_ref()),
        maybe("ChangeSetId", stack.change_set.as_ref()),
        maybe("RoleARN", stack.role.as_ref()),
        maybe("ParentId", parent),
        tag("EnableTerminationProtection", stack.is_protected),
        members("NotificationARNs", stack.notifications.iter().cloned()),
        members("Parameters", stack.parameters.iter().map(|it| pair(["ParameterKey", "ParameterValue"], it))),
        members("Tags", stack.tags.iter().map(|it| pair(["Key", "Value"], it))),
        members("Outputs", stack.outputs().iter().map(|(key, value)| pair(["OutputKey", "OutputValue"], (key, value)))),
    ]
    .concat()
}

/// Newest first, as far as they can be seen by now; some of them twice.
pub fn events(world: &mut World, asked: Asked<'_>) -> Reply {
    let stack = existing(world, asked)?;
    let now = world.clock.now();
    let mut seen: Vec<Event> =
        world.stacks[stack].events.iter().filter(|event| event.visible <= now).cloned().collect();
    seen.sort_by_key(|event| event.at);
    seen.reverse();
    let mut told = Vec::with_capacity(seen.len());
    for event in seen {
        if world.weather.happens(world.twice_percent) {
            world.weather.count("event twice");
            told.push(event.clone());
        }
        told.push(event);
    }
    let stack = &world.stacks[stack];
    let (events, next) = page(&told, asked.page(), world.page);
    Ok(members("StackEvents", events.iter().map(|event| event_element(stack, event))) + &next)
}

fn event_element(stack: &Stack, event: &Event) -> String {
    [
        tag("EventId", &event.id),
        tag("StackId", &stack.id),
        tag("StackName", &stack.name),
        tag("LogicalResourceId", &event.logical),
        tag("PhysicalResourceId", event.physical.as_deref().unwrap_or_default()),
        tag("ResourceType", &event.kind),
        tag("Timestamp", time(event.at)),
        tag("ResourceStatus", &event.status),
        maybe("ResourceStatusReason", event.reason.as_ref()),
        maybe("ClientRequestToken", event.token.as_ref()),
        maybe("OperationId", event.operation.as_ref()),
    ]
    .concat()
}

pub fn resources(world: &mut World, asked: Asked<'_>) -> Reply {
    let stack = &world.stacks[existing(world, asked)?];
    let named = tag("StackId", &stack.id) + &tag("StackName", &stack.name);
    let since = nest("Timestamp", &time(stack.created));
    let all = stack.resources.iter().map(|it| named.clone() + &resource_element(it) + &since);
    Ok(members("StackResources", all))
}

pub fn summaries(world: &mut World, asked: Asked<'_>) -> Reply {
    let stack = &world.stacks[existing(world, asked)?];
    let all: Vec<_> = stack.resources.iter().collect();
    let (shown, next) = page(&all, asked.page(), world.page);
    let since = nest("LastUpdatedTimestamp", &time(stack.created));
    Ok(members("StackResourceSummaries", shown.iter().map(|it| resource_element(*it) + &since)) + &next)
}

fn resource_element((logical, resource): (&String, &Resource)) -> String {
    [
        tag("LogicalResourceId", logical),
        tag("PhysicalResourceId", &resource.physical),
        tag("ResourceType", templates::kind(&resource.definition)),
        tag("ResourceStatus", &resource.status),
    ]
    .concat()
}

pub fn template(world: &mut World, asked: Asked<'_>) -> Reply {
    let stack = &world.stacks[existing(world, asked)?];
    let set = asked.maybe("ChangeSetName");
    let set = set.and_then(|name| stack.change_sets.iter().find(|set| set.id == name || set.name == name));
    let template = set.map_or(&stack.template, |set| &set.template);
    Ok(tag("TemplateBody", template) + &members("StagesAvailable", ["Original".to_owned()]))
}
