//! A handle is not a recipe: it cannot be added again.
use purlin::cfn::logs::CfnLogGroup;
use purlin::{App, Stack};

fn main() {
    let app = App::new();
    let stack = app.add("Web", Stack::props());
    let logs = stack.add("Logs", CfnLogGroup::new());
    stack.add("Again", logs);
}
