//! Finds an app client, in the resources of a stack or among the clients of a pool.

use std::path::Path;

use purlin_auth::Http;
use purlin_deploy::{AppClient, Part, Session, UserPool};

use crate::args::{ClientRef, PoolRef};
use crate::failure::Failure;
use crate::target;
use crate::terminal::Terminal;
use crate::user::pool::{self, Place};

/// The OAuth flow of a client that gets tokens for itself.
pub(crate) const MACHINE: &str = "client_credentials";
/// The OAuth flow of a client that signs users in.
pub(crate) const LOGIN: &str = "code";

const KIND: &str = "AWS::Cognito::UserPoolClient";

/// A client, its pool, and the session that reads them.
pub(crate) struct Chosen {
    pub(crate) session: Session,
    pub(crate) pool: UserPool,
    pub(crate) client: AppClient,
    pub(crate) http: Http,
}

/// A client with the names it can be given by.
struct Candidate {
    /// Its id, name, logical id and construct.
    names: Vec<String>,
    client: AppClient,
}

/// The client of a stack or pool that has one of the flows. The first flow takes precedence.
pub(crate) async fn choose(
    app: Option<&Path>,
    stack: Option<&str>,
    pool: &PoolRef,
    wanted: &ClientRef,
    flows: &[&str],
    terminal: &Terminal,
) -> Result<Chosen, Failure> {
    let http = target::http(&pool.place).await?;
    let Place { session, pool, parts, .. } = Box::pin(pool::find(app, stack, pool, terminal)).await?;
    let candidates = candidates(&session, &pool, &parts).await?;
    let client = among(candidates, wanted.client.as_deref(), flows, &pool.id, terminal)?;
    Ok(Chosen { session, pool, client, http })
}

/// The clients of a pool with all their names, in the order of the stack.
async fn candidates(session: &Session, pool: &UserPool, parts: &[Part]) -> Result<Vec<Candidate>, Failure> {
    let mut found = Vec::new();
    for (id, _) in session.app_clients(&pool.id).await? {
        let client = session.app_client(&pool.id, &id).await?;
        let part = parts.iter().enumerate().find(|(_, it)| it.resource_type == KIND && it.physical_id == id);
        let mut names = vec![client.id.clone(), client.name.clone()];
        if let Some((_, part)) = part {
            names.extend([part.logical_id.clone(), part.name().to_owned()]);
            names.extend(part.path.clone());
            names.extend(part.name().rsplit('/').next().map(str::to_owned));
        }
        found.push((part.map_or(usize::MAX, |(place, _)| place), Candidate { names, client }));
    }
    found.sort_by_key(|(place, _)| *place);
    Ok(found.into_iter().map(|(_, candidate)| candidate).collect())
}

fn among(
    candidates: Vec<Candidate>,
    wanted: Option<&str>,
    flows: &[&str],
    pool: &str,
    terminal: &Terminal,
) -> Result<AppClient, Failure> {
    let lines: Vec<String> = candidates.iter().map(line).collect();
    let with_clients = |failure: Failure| Failure { details: lines.clone(), ..failure };
    if let Some(wanted) = wanted {
        let found = candidates.into_iter().find(|it| it.names.iter().any(|name| name == wanted));
        let none = || Failure::usage(format!("user pool `{pool}` has no client `{wanted}`; it has {}", lines.len()));
        let found = found.ok_or_else(|| with_clients(none().hint("name one of these with `--client`")))?.client;
        if !flows.iter().any(|flow| found.may(flow)) {
            let wanted = flows.iter().map(|flow| format!("`{flow}`")).collect::<Vec<_>>().join(" or ");
            return Err(Failure::usage(format!(
                "client `{}` may not get tokens this way: it needs {wanted}",
                found.name
            ))
            .detail(line(&Candidate { names: Vec::new(), client: found }))
            .hint("its OAuth flows are part of the stack: `UserPoolClient::props()`'s `o_auth`"));
        }
        return Ok(found);
    }
    let best = flows.iter().find_map(|flow| {
        let fitting: Vec<&Candidate> = candidates.iter().filter(|it| it.client.may(flow)).collect();
        Some((fitting.first()?.client.clone(), fitting.len()))
    });
    let Some((client, count)) = best else {
        let wanted = flows.iter().map(|flow| format!("`{flow}`")).collect::<Vec<_>>().join(" or ");
        let none = Failure::usage(format!("no client of user pool `{pool}` has the OAuth flow {wanted}"));
        return Err(with_clients(none.hint("give a client that flow in the stack, and deploy it")));
    };
    if count > 1 {
        terminal.eprint(&format!("taking client `{}`, the first of {count}; `--client` takes another", client.name));
    }
    Ok(client)
}

fn line(candidate: &Candidate) -> String {
    let client = &candidate.client;
    let flows = if client.flows.is_empty() { "no OAuth flow".to_owned() } else { client.flows.join(", ") };
    format!("  {}  {}  ({flows})", client.id, client.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::oauth::tests::client_of;

    fn candidates() -> Vec<Candidate> {
        let candidate = |name: &str, flow: &str| {
            let client = AppClient { name: name.to_owned(), id: format!("id-{name}"), ..client_of(flow) };
            Candidate { names: vec![client.id.clone(), name.to_owned(), format!("M2mApi/UserPool/{name}")], client }
        };
        vec![candidate("web", LOGIN), candidate("billing", MACHINE), candidate("import", MACHINE)]
    }

    /// The client that is named, the flows; its name, or why not.
    type Case = (Option<&'static str>, &'static [&'static str], Result<&'static str, &'static str>);

    #[test]
    fn the_first_that_fits_is_taken_or_the_one_that_is_named() {
        let terminal = Terminal::detect();
        let cases: [Case; 8] = [
            (None, &[MACHINE, LOGIN], Ok("billing")),
            (None, &[LOGIN], Ok("web")),
            (Some("import"), &[MACHINE, LOGIN], Ok("import")),
            (Some("id-import"), &[MACHINE, LOGIN], Ok("import")),
            (Some("M2mApi/UserPool/import"), &[MACHINE, LOGIN], Ok("import")),
            (Some("web"), &[MACHINE], Err("may not get tokens this way: it needs `client_credentials`")),
            (Some("absent"), &[MACHINE], Err("has no client `absent`; it has 3")),
            (None, &["implicit"], Err("no client of user pool `eu-west-1_Abc` has the OAuth flow `implicit`")),
        ];
        for (wanted, flows, expected) in cases {
            let found = among(candidates(), wanted, flows, "eu-west-1_Abc", &terminal);
            match (found, expected) {
                (Ok(client), Ok(name)) => assert_eq!(client.name, name),
                (Err(failure), Err(text)) => {
                    assert!(failure.message.contains(text) && !failure.hints.is_empty(), "{failure:?}");
                    assert_eq!(failure.kind as u8, 2);
                }
                (found, expected) => panic!("{wanted:?} {flows:?}: {expected:?}, not {:?}", found.map(|it| it.name)),
            }
        }
    }
}
