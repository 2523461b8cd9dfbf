//! A value that only the deployment knows cannot be formatted: `sub!` is the way.
use purlin::cfn::logs::CfnLogGroup;
use purlin::{App, Stack};

fn main() {
    let app = App::new();
    let stack = app.add("Web", Stack::props());
    let logs = stack.add("Logs", CfnLogGroup::new());
    let _ = format!("logs: {}", logs.att(CfnLogGroup::ATTR_ARN));
}
