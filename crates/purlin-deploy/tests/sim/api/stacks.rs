//! Calls that change a stack without a change set.

use super::{Asked, existing, unfit};
use crate::operation::Phase;
use crate::world::World;
use crate::xml::{Reply, invalid, tag};

pub fn delete(world: &mut World, asked: Asked<'_>) -> Reply {
    let (name, token) = (asked.text("StackName"), asked.maybe("ClientRequestToken"));
    // Deleting what is not there is a success.
    let Some(index) = world.find(&name) else {
        return Ok(String::new());
    };
    if is_known(world, index, asked) {
        return Ok(String::new());
    }
    let stack = &world.stacks[index];
    let retained = asked.list("RetainResources");
    match stack.status.as_str() {
        "DELETE_COMPLETE" | "DELETE_IN_PROGRESS" => return Ok(String::new()),
        _ if stack.is_protected => {
            return invalid(format!("Stack [{}] cannot be deleted while TerminationProtection is enabled", stack.name));
        }
        "CREATE_IN_PROGRESS" | "REVIEW_IN_PROGRESS" | "ROLLBACK_IN_PROGRESS" => {}
        status if status.ends_with("_IN_PROGRESS") => {
            return invalid(format!("Stack [{}] cannot be deleted while in status {status}", stack.id));
        }
        status if status != "DELETE_FAILED" && !retained.is_empty() => {
            return invalid(format!(
                "Invalid operation on stack [{}]. Specify RetainResources only for stacks in the DELETE_FAILED state.",
                stack.id
            ));
        }
        _ => {}
    }
    let now = world.clock.now();
    world.begin_delete(index, now, token, &retained);
    Ok(String::new())
}

pub fn cancel(world: &mut World, asked: Asked<'_>) -> Reply {
    let (index, now) = (existing(world, asked)?, world.clock.now());
    if is_known(world, index, asked) {
        return Ok(String::new());
    }
    if world.stacks[index].status != "UPDATE_IN_PROGRESS" {
        return invalid("CancelUpdateStack cannot be called from current stack status");
    }
    world.cancel(index, now);
    let operation = world.stacks[index].operation.clone().expect("an update is under way");
    world.roll_back(index, now, operation, Some("User Initiated"));
    Ok(String::new())
}

pub fn roll_back(world: &mut World, asked: Asked<'_>) -> Reply {
    let (index, now) = (existing(world, asked)?, world.clock.now());
    if is_known(world, index, asked) {
        return Ok(tag("StackId", &world.stacks[index].id));
    }
    let stack = &world.stacks[index];
    if !matches!(stack.status.as_str(), "CREATE_FAILED" | "UPDATE_FAILED") {
        return unfit(stack, "rolled back");
    }
    let mut operation = stack.paused.clone().expect("a failed stack has an operation that failed");
    operation.token = asked.maybe("ClientRequestToken");
    operation.keeps = false;
    let answer = tag("StackId", &stack.id);
    world.roll_back(index, now, operation, Some("User Initiated"));
    Ok(answer)
}

pub fn go_on_rolling_back(world: &mut World, asked: Asked<'_>) -> Reply {
    let (index, now) = (existing(world, asked)?, world.clock.now());
    if is_known(world, index, asked) {
        return Ok(String::new());
    }
    let stack = &mut world.stacks[index];
    if stack.status != "UPDATE_ROLLBACK_FAILED" {
        return unfit(stack, "rolled back");
    }
    let mut operation = stack.paused.clone().expect("a failed stack has an operation that failed");
    operation.token = asked.maybe("ClientRequestToken");
    for skipped in asked.list("ResourcesToSkip") {
        if !operation.failed.contains(&skipped) {
            return invalid(format!("Resource [{skipped}] is not in a state that can be skipped"));
        }
        if let Some(before) = operation.before.resources.get(&skipped) {
            stack.resources.insert(skipped, before.clone());
        }
    }
    operation.phase = Phase::UpdateRollback;
    world.roll_back(index, now, operation, Some("User Initiated"));
    Ok(String::new())
}

/// Whether an operation of this token was begun before: the same call, made again.
fn is_known(world: &World, stack: usize, asked: Asked<'_>) -> bool {
    asked.maybe("ClientRequestToken").is_some_and(|token| world.stacks[stack].tokens.contains(&token))
}

pub fn protect(world: &mut World, asked: Asked<'_>) -> Reply {
    let index = existing(world, asked)?;
    world.stacks[index].is_protected = asked.is("EnableTerminationProtection");
    Ok(tag("StackId", &world.stacks[index].id))
}

pub fn set_policy(world: &mut World, asked: Asked<'_>) -> Reply {
    let index = existing(world, asked)?;
    world.stacks[index].policy = asked.maybe("StackPolicyBody");
    Ok(String::new())
}
