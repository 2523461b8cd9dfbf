//! The function that publishes files, in random histories of stacks: `python3 tests/publisher/histories.py
//! crates/purlin/src/s3_deployment/handler.py 100000` runs more of them.

use std::process::Command;

use crate::house::root;
use crate::programs::succeed;

#[test]
fn no_history_of_renames_moves_and_failures_takes_a_live_file() {
    let handler = root().join("crates/purlin/src/s3_deployment/handler.py");
    let mut histories = Command::new("python3");
    succeed(histories.arg(root().join("tests/publisher/histories.py")).arg(handler).arg("500"));
}
