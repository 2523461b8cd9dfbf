//! A value that is known only at deployment cannot be formatted: use `sub!`.
use purlin::cfn::logs::CfnLogGroup;
use purlin::{App, Stack};

fn main() {
    let app = App::new();
    let stack = app.add("Web", Stack::props());
    let logs = stack.add("Logs", CfnLogGroup::new());
    let _ = format!("logs: {}", logs.att(CfnLogGroup::ATTR_ARN));
}
