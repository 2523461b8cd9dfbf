//! What was added once cannot be added again: a handle is not a recipe.
use purlin::cfn::logs::CfnLogGroup;
use purlin::{App, Stack};

fn main() {
    let app = App::new();
    let stack = app.add("Web", Stack::props());
    let logs = stack.add("Logs", CfnLogGroup::new());
    stack.add("Again", logs);
}
