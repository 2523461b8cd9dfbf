//! Only a forward keeps a client at a target group: a redirect has no stickiness.
use std::time::Duration;

use purlin::elbv2::{Action, Redirect};

fn main() {
    let _ = Action::redirect(Redirect::to_https()).stickiness(Duration::from_secs(60));
}
