//! Properties that CloudFormation requires are arguments.
use purlin::cfn::ssm::{CfnParameter, ParameterType};
use purlin::{App, Stack};

fn main() {
    let app = App::new();
    let stack = app.add("Web", Stack::props());
    stack.add("Stage", CfnParameter::new(ParameterType::STRING));
}
