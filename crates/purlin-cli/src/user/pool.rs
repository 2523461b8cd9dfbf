//! Finds a user pool: by its id, or as the only one of a stack.

use std::path::Path;

use purlin_deploy::{DeployError, Part, Session, UserPool, Users};

use crate::args::{PoolRef, StackRef};
use crate::failure::Failure;
use crate::subject::subject;
use crate::target;
use crate::terminal::Terminal;

/// A pool, and the session that manages its users.
pub(crate) struct Place {
    pub(crate) session: Session,
    pub(crate) users: Users,
    pub(crate) pool: UserPool,
    /// The resources of the stack, where one was named.
    pub(crate) parts: Vec<Part>,
}

pub(crate) async fn find(
    app: Option<&Path>,
    stack: Option<&str>,
    given: &PoolRef,
    terminal: &Terminal,
) -> Result<Place, Failure> {
    let (session, id, parts) = match (&given.user_pool, stack) {
        (Some(id), _) => (of_id(id, given, terminal).await?, id.clone(), Vec::new()),
        (None, Some(stack)) => {
            let reference = StackRef { stack: stack.to_owned(), place: given.place.clone() };
            let subject = Box::pin(subject(app, &reference, terminal)).await?;
            let parts = Box::pin(subject.session.parts(&subject.stack)).await?;
            let id = only(&parts, stack)?;
            (subject.session, id, parts)
        }
        (None, None) => return Err(Failure::usage("no user pool is named: give a stack, or `--user-pool ID`")),
    };
    let pool = session.user_pool(&id).await.map_err(|error| not_there(error, &id, &session))?;
    Ok(Place { users: session.users(&id), pool, session, parts })
}

/// An id begins with the pool's region.
async fn of_id(id: &str, given: &PoolRef, terminal: &Terminal) -> Result<Session, Failure> {
    let Some((region, _)) = id.split_once('_').filter(|(region, rest)| region.contains('-') && !rest.is_empty()) else {
        return Err(Failure::usage(format!("`{id}` is no id of a user pool"))
            .hint("ids look like `eu-west-1_AbCdEf123`; of a stack's pool, give the stack instead of `--user-pool`"));
    };
    let mut place = given.place.clone();
    place.region = place.region.or_else(|| Some(region.to_owned()));
    Box::pin(target::connect(&place, terminal)).await
}

/// The only pool of a stack.
fn only(parts: &[Part], stack: &str) -> Result<String, Failure> {
    let pools: Vec<&Part> = parts.iter().filter(|it| it.resource_type == "AWS::Cognito::UserPool").collect();
    match pools.as_slice() {
        [pool] => Ok(pool.physical_id.clone()),
        [] => Err(Failure::usage(format!("stack `{stack}` has no user pool"))
            .hint("name the stack that has it, or the pool itself with `--user-pool ID`")),
        several => {
            let named = several.iter().map(|it| format!("  {}  {}", it.physical_id, it.name()));
            let mut failure = Failure::usage(format!("stack `{stack}` has {} user pools", several.len()))
                .hint("name one with `--user-pool ID`, instead of the stack");
            failure.details = named.collect();
            Err(failure)
        }
    }
}

fn not_there(error: DeployError, id: &str, session: &Session) -> Failure {
    match &error {
        DeployError::Aws { code: Some(code), .. } if code == "ResourceNotFoundException" => Failure::usage(format!(
            "there is no user pool `{id}` in account `{}`, region `{}`",
            session.target().account,
            session.target().region
        ))
        .hint("`purlin status STACK` shows a stack's user pool; another region or account is `--region`, `--profile`"),
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_with_one_pool_means_it() {
        let pool = |id: &str| Part {
            physical_id: id.into(),
            logical_id: format!("L{id}"),
            resource_type: "AWS::Cognito::UserPool".into(),
            ..Part::default()
        };
        let queue = Part { resource_type: "AWS::SQS::Queue".into(), ..Part::default() };
        assert_eq!(only(&[queue.clone(), pool("eu-west-1_a")], "Web").unwrap(), "eu-west-1_a");
        let none = only(&[queue], "Web").unwrap_err();
        assert_eq!((none.message.as_str(), none.kind as u8), ("stack `Web` has no user pool", 2));
        let two = only(&[pool("eu-west-1_a"), pool("eu-west-1_b")], "Web").unwrap_err();
        assert_eq!(two.message, "stack `Web` has 2 user pools");
        assert_eq!(two.details, ["  eu-west-1_a  Leu-west-1_a", "  eu-west-1_b  Leu-west-1_b"]);
    }
}
