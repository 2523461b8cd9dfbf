//! A secret is not an environment variable of a function: the function gets its ARN, and reads it.
use purlin::SecretValue;
use purlin::lambda::{Code, Function, Runtime};

fn main() {
    let password = SecretValue::secrets_manager("prod/database");
    let code = Code::from_inline(Runtime::PYTHON3_13, "index.handler", "def handler(event, context): pass");
    Function::props(code).environment("PASSWORD", password);
}
