//! Connects with the options for account, region and emulator.

use std::env;

use purlin_deploy::{Connection, Session};
use purlin_local::Emulator;

use crate::args::Where;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// The default region of the emulator.
const LOCAL_REGION: &str = "us-east-1";

pub(crate) async fn connect(place: &Where, terminal: &Terminal) -> Result<Session, Failure> {
    let target = if place.local {
        let emulator = Emulator::ensure_started(&mut |step| terminal.eprint(step))?;
        Connection::Local { endpoint: emulator.endpoint().to_owned(), region: local_region(place) }
    } else {
        Connection::Aws { profile: place.profile.clone(), region: place.region.clone() }
    };
    Ok(Session::connect(&target).await?)
}

fn local_region(place: &Where) -> String {
    let configured = || ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| env::var(name).ok());
    place.region.clone().or_else(configured).filter(|it| !it.is_empty()).unwrap_or_else(|| LOCAL_REGION.to_owned())
}
