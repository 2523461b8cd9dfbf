//! The calls of CloudFormation's query API, and `GetCallerIdentity` of STS.

mod change_sets;
mod describe;
mod stacks;

use crate::server::Fields;
use crate::stack::Stack;
use crate::world::World;
use crate::xml::{Answer, Reply, invalid, refusal, result, tag};

/// Answers a call.
pub fn answer(world: &mut World, fields: &Fields) -> Answer {
    let asked = Asked(fields);
    let action = asked.text("Action");
    let reply = match action.as_str() {
        "GetCallerIdentity" => {
            Ok(tag("Account", "000000000000") + &tag("Arn", "arn:aws:iam::000000000000:user/tester"))
        }
        "CreateChangeSet" => change_sets::create(world, asked),
        "DescribeChangeSet" => change_sets::describe(world, asked),
        "ExecuteChangeSet" => change_sets::execute(world, asked),
        "DeleteChangeSet" => change_sets::delete(world, asked),
        "ListChangeSets" => change_sets::list(world, asked),
        "DescribeStacks" => describe::stacks(world, asked),
        "DescribeStackEvents" => describe::events(world, asked),
        "DescribeStackResources" => describe::resources(world, asked),
        "ListStackResources" => describe::summaries(world, asked),
        "GetTemplate" => describe::template(world, asked),
        "DeleteStack" => stacks::delete(world, asked),
        "CancelUpdateStack" => stacks::cancel(world, asked),
        "RollbackStack" => stacks::roll_back(world, asked),
        "ContinueUpdateRollback" => stacks::go_on_rolling_back(world, asked),
        "UpdateTerminationProtection" => stacks::protect(world, asked),
        "SetStackPolicy" => stacks::set_policy(world, asked),
        other => Err(refusal("InvalidAction", &format!("Could not find operation {other}"))),
    };
    reply.map_or_else(|refused| refused, |inside| result(&action, &inside))
}

/// What was asked.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a>(pub &'a Fields);

impl Asked<'_> {
    pub fn text(self, name: &str) -> String {
        self.maybe(name).unwrap_or_default()
    }

    pub fn maybe(self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    pub fn is(self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| value == "true")
    }

    /// The members of a list of texts.
    pub fn list(self, name: &str) -> Vec<String> {
        (1..).map_while(|number| self.maybe(&format!("{name}.member.{number}"))).collect()
    }

    /// The members of a list of pairs, by the names of their two halves.
    pub fn pairs(self, name: &str, key: &str, value: &str) -> Vec<(String, Option<String>)> {
        let member = |number: i32| {
            let of = |half: &str| self.maybe(&format!("{name}.member.{number}.{half}"));
            Some((of(key)?, of(value)))
        };
        (1..).map_while(member).collect()
    }

    /// The page that is asked for.
    pub fn page(self) -> usize {
        self.maybe("NextToken").and_then(|token| token.parse().ok()).unwrap_or(0)
    }
}

/// The stack that is asked about, alive if by name.
fn existing(world: &World, asked: Asked<'_>) -> Result<usize, Answer> {
    let name = asked.text("StackName");
    match world.find(&name) {
        Some(stack) => Ok(stack),
        None => invalid(format!("Stack [{name}] does not exist")),
    }
}

/// A stack that is not fit for what is asked.
fn unfit(stack: &Stack, what: &str) -> Reply {
    invalid(format!("Stack:{} is in {} state and can not be {what}.", stack.id, stack.status))
}

/// A page of a list, and the token of the next one.
fn page<T>(all: &[T], number: usize, size: usize) -> (&[T], String) {
    let start = (number * size).min(all.len());
    let end = (start + size).min(all.len());
    let next = if end < all.len() { tag("NextToken", number + 1) } else { String::new() };
    (&all[start..end], next)
}
