//! A resource is not text, but its attributes are.
use purlin::cfn::logs::CfnLogGroup;
use purlin::{App, Stack, sub};

fn main() {
    let app = App::new();
    let stack = app.add("Web", Stack::props());
    let logs = stack.add("Logs", CfnLogGroup::new());
    let _ = sub!("logs: {}", logs);
}
