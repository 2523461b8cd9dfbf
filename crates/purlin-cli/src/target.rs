//! Connects with the options for account, region and emulator.

use std::env;

use purlin_auth::Http;
use purlin_deploy::{AsksCode, BoxFuture, Connection, EmulatorKey, Session};
use purlin_local::Emulator;

use crate::args::Where;
use crate::by_hand;
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::text::harmless;

/// The default region of the emulator.
const LOCAL_REGION: &str = "us-east-1";

pub(crate) async fn connect(place: &Where, terminal: &Terminal) -> Result<Session, Failure> {
    let target = if place.local {
        let emulator = Emulator::ensure_started(&mut |step| terminal.eprint(step))?;
        let key = emulator.key()?;
        let key = EmulatorKey { id: key.id.clone(), secret: key.secret.clone() };
        by_hand::is_for(emulator.endpoint());
        Connection::Emulator {
            endpoint: emulator.endpoint().to_owned(),
            region: local_region(place.region.as_deref()),
            key,
        }
    } else {
        Connection::Aws { profile: place.profile.clone(), region: place.region.clone() }
    };
    Ok(Session::connect_with_code(&target, &Prompt(terminal)).await?)
}

/// The client for requests to anything but AWS's APIs: a profile's certificates are trusted there too.
pub(crate) async fn http(place: &Where) -> Result<Http, Failure> {
    let own = if place.local { None } else { purlin_deploy::certificates(place.profile.as_deref()).await? };
    match own {
        Some(pem) => Http::new().trust(pem.as_bytes()).map_err(|error| Failure::usage(error.to_string())),
        None => Ok(Http::new()),
    }
}

/// Asks on the terminal, where there is one.
struct Prompt<'a>(&'a Terminal);

impl AsksCode for Prompt<'_> {
    fn code<'a>(&'a self, device: &'a str) -> BoxFuture<'a, Option<String>> {
        Box::pin(async move {
            if !self.0.can_ask() {
                return None;
            }
            self.0.ask_hidden(&format!("code of the MFA device {}: ", harmless(device))).await
        })
    }
}

/// The region of stacks that name none, in the emulator.
pub(crate) fn local_region(given: Option<&str>) -> String {
    let configured = || ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| env::var(name).ok());
    given.map(str::to_owned).or_else(configured).filter(|it| !it.is_empty()).unwrap_or_else(|| LOCAL_REGION.to_owned())
}
