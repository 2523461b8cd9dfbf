//! `purlin user`: adds, lists and manages the users of a pool.

pub(crate) mod pool;
mod refusals;

use std::path::Path;

use purlin_deploy::{DeployError, FirstPassword, NewUser, User};
use secrecy::SecretString;
use serde_json::json;

use self::pool::Place;
use crate::args::{self, AddUser, OneUser, PasswordFrom, UserGroups, UserList, UserPassword};
use crate::failure::Failure;
use crate::secret_input::Source;
use crate::terminal::{Terminal, Tone};
use crate::text::harmless;

/// Other ways to give a password.
const OPTIONS: &str = "pipe it in with `--password-stdin`, or name a variable with `--password-env NAME`";

pub(crate) async fn run(app: Option<&Path>, action: &args::User, terminal: &Terminal) -> Result<(), Failure> {
    match action {
        args::User::Add(args) => Box::pin(add(app, args, terminal)).await,
        args::User::Password(args) => Box::pin(password(app, args, terminal)).await,
        args::User::Groups(args) => Box::pin(groups(app, args, terminal)).await,
        args::User::List(args) => Box::pin(list(app, args, terminal)).await,
        args::User::Disable(who) => {
            let place = of_one(app, who, terminal).await?;
            let done = place.users.disable(&who.user).await;
            place.explained(done, &who.user).await?;
            terminal.eprint(&format!("`{}` can no longer sign in; `purlin user enable` lets them in again", who.user));
            terminal.eprint(
                "access tokens of this user stay valid until they expire, after an hour unless the client sets another time",
            );
            Ok(())
        }
        args::User::Enable(who) => {
            let place = of_one(app, who, terminal).await?;
            let done = place.users.enable(&who.user).await;
            place.explained(done, &who.user).await?;
            terminal.eprint(&format!("`{}` can sign in again", who.user));
            Ok(())
        }
    }
}

async fn add(app: Option<&Path>, args: &AddUser, terminal: &Terminal) -> Result<(), Failure> {
    let name = &args.who.user;
    let attributes = attributes(args)?;
    let place = of_one(app, &args.who, terminal).await?;
    let password = if args.invite {
        FirstPassword::Invitation
    } else {
        let options = format!("{OPTIONS}; `--invite` has Cognito send one");
        let password = new_password(&args.password, name, &options, terminal).await?;
        if args.temporary { FirstPassword::Temporary(password) } else { FirstPassword::Permanent(password) }
    };
    let is_known_by_address = place.pool.sign_in_with.iter().any(|it| it == "email") && name.contains('@');
    let verified = ("email_verified".to_owned(), "true".to_owned());
    let mut user = NewUser { name: name.clone(), attributes, password };
    if is_known_by_address && !user.attributes.iter().any(|(name, _)| name.starts_with("email")) {
        user.attributes.extend([("email".to_owned(), name.clone()), verified]);
    }
    let added = place.users.add(&user).await;
    let added = place.explained(added, name).await?;
    for group in &args.group {
        // By the name that Cognito returned, which is not an address.
        let joined = place.users.join(&added.name, group).await;
        place.explained(joined, name).await.map_err(|failure| {
            failure.detail(format!("  `{name}` was added all the same, to the groups before `{group}`"))
        })?;
    }
    terminal.print(&added.name);
    let how = match &user.password {
        FirstPassword::Invitation => "Cognito sends them a password",
        FirstPassword::Temporary(_) => "they choose another password when they first sign in",
        FirstPassword::Permanent(_) => "the password is good from now on",
    };
    terminal.eprint(&format!("`{name}` was added to user pool `{}`: {how}", place.pool.id));
    Ok(())
}

/// The attributes of a new user. Given values take precedence over derived ones.
fn attributes(args: &AddUser) -> Result<Vec<(String, String)>, Failure> {
    let mut attributes = args.attribute.clone();
    let Some(email) = &args.email else { return Ok(attributes) };
    if attributes.iter().any(|(name, _)| name == "email") {
        return Err(Failure::usage("`--email` and `--attribute email=..` set the same attribute: give one of them"));
    }
    let is_given = attributes.iter().any(|(name, _)| name == "email_verified");
    attributes.push(("email".to_owned(), email.clone()));
    if !is_given {
        attributes.push(("email_verified".to_owned(), "true".to_owned()));
    }
    Ok(attributes)
}

async fn password(app: Option<&Path>, args: &UserPassword, terminal: &Terminal) -> Result<(), Failure> {
    let name = &args.who.user;
    let place = of_one(app, &args.who, terminal).await?;
    let password = new_password(&args.password, name, OPTIONS, terminal).await?;
    let done = place.users.set_password(name, &password, !args.temporary).await;
    place.explained(done, name).await?;
    let how = if args.temporary { "until they next sign in" } else { "for good" };
    terminal.eprint(&format!("`{name}` has the new password, {how}"));
    Ok(())
}

async fn groups(app: Option<&Path>, args: &UserGroups, terminal: &Terminal) -> Result<(), Failure> {
    let name = &args.who.user;
    let place = of_one(app, &args.who, terminal).await?;
    for group in &args.add {
        let done = place.users.join(name, group).await;
        place.explained(done, name).await?;
    }
    for group in &args.remove {
        let done = place.users.leave(name, group).await;
        place.explained(done, name).await?;
    }
    let groups = place.users.groups_of(name).await;
    let groups = place.explained(groups, name).await?;
    if args.json {
        terminal.print_document(&json!(groups).to_string());
    } else {
        for group in &groups {
            terminal.print(&harmless(group));
        }
    }
    if groups.is_empty() {
        terminal.eprint(&format!("`{name}` is in no group"));
    }
    if !args.add.is_empty() || !args.remove.is_empty() {
        terminal.eprint("tokens name the new groups from the next sign-in or refresh on");
    }
    Ok(())
}

async fn list(app: Option<&Path>, args: &UserList, terminal: &Terminal) -> Result<(), Failure> {
    let place = pool::find(app, args.stack.as_deref(), &args.pool, terminal).await?;
    let limit = args.limit.unwrap_or(usize::MAX);
    let mut count = 0;
    let mut on_page = |page: Vec<User>| {
        for user in page.iter().take(limit - count) {
            terminal.print(&if args.json { json!(user).to_string() } else { line(user, terminal) });
            count += 1;
        }
        count < limit
    };
    let listed = match &args.group {
        Some(group) => place.users.members(group, &mut on_page).await,
        None => place.users.list(args.filter.as_deref(), &mut on_page).await,
    };
    place.explained(listed, "").await?;
    if count == 0 {
        terminal.eprint(&format!("user pool `{}` has no such users", place.pool.id));
    }
    Ok(())
}

fn line(user: &User, terminal: &Terminal) -> String {
    let tone = match user.status.as_str() {
        _ if !user.is_enabled => Tone::Bad,
        "CONFIRMED" | "EXTERNAL_PROVIDER" => Tone::Good,
        _ => Tone::Odd,
    };
    let status = if user.is_enabled { &user.status } else { "DISABLED" };
    let known = ["email", "phone_number", "name"].iter().filter_map(|name| user.attributes.get(*name));
    let known: Vec<String> = known.filter(|value| **value != user.name).map(|it| harmless(it)).collect();
    let status = terminal.paint(tone, &format!("{status:<21}"));
    format!("{}  {status}  {}", harmless(&user.name), known.join("  ")).trim_end().to_owned()
}

async fn of_one(app: Option<&Path>, who: &OneUser, terminal: &Terminal) -> Result<Place, Failure> {
    pool::find(app, who.stack.as_deref(), &who.pool, terminal).await
}

async fn new_password(
    from: &PasswordFrom,
    user: &str,
    options: &str,
    terminal: &Terminal,
) -> Result<SecretString, Failure> {
    let source = Source::of(from.password_stdin, from.password_env.as_deref());
    source.read_new(&format!("password of `{user}`"), options, terminal).await
}

impl Place {
    /// Explains a refusal of Cognito.
    async fn explained<T>(&self, result: Result<T, DeployError>, user: &str) -> Result<T, Failure> {
        match result {
            Ok(done) => Ok(done),
            Err(error) => {
                let groups = if refusals::is_about_groups(&error) { self.users.groups().await.ok() } else { None };
                Err(refusals::explain(&error, user, &self.pool, groups.as_deref()))
            }
        }
    }
}
