//! Runtimes for code in zip files.

use purlin_construct::{Scope, Word};

/// The runtimes, by AWS's identifiers: `Runtime::PYTHON3_13` is `python3.13`. Write one that is not listed as
/// `Word::custom("python3.99")` (<https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html>).
pub use purlin_cfn::lambda::FunctionRuntime as Runtime;

/// The runtimes that AWS no longer patches, from the page above.
const DEPRECATED: [&str; 28] = [
    "dotnet6",
    "dotnetcore1.0",
    "dotnetcore2.0",
    "dotnetcore2.1",
    "dotnetcore3.1",
    "go1.x",
    "java8",
    "nodejs",
    "nodejs4.3",
    "nodejs4.3-edge",
    "nodejs6.10",
    "nodejs8.10",
    "nodejs10.x",
    "nodejs12.x",
    "nodejs14.x",
    "nodejs16.x",
    "nodejs18.x",
    "nodejs20.x",
    "provided",
    "python2.7",
    "python3.6",
    "python3.7",
    "python3.8",
    "python3.9",
    "ruby2.5",
    "ruby2.7",
    "ruby3.2",
    "dotnet5.0",
];

/// Whether Lambda takes code inside the template for it: only for Node.js and Python.
pub(super) fn takes_inline(runtime: &Word<Runtime>) -> bool {
    runtime.as_str().starts_with("nodejs") || runtime.as_str().starts_with("python")
}

/// The form of the runtime's handlers, if the handler does not have it
/// (<https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>). Java and .NET have short forms too.
pub(super) fn refused_form(runtime: &Word<Runtime>, handler: &str) -> Option<&'static str> {
    let name = runtime.as_str();
    let is = |prefix| name.starts_with(prefix);
    let (first, last) = (handler.split('.').next()?, handler.rsplit('.').next()?);
    let is_named = handler.contains('.') && !last.is_empty() && (!first.is_empty() || handler.starts_with("./"));
    if is("nodejs") || is("python") || is("ruby") {
        let form = if is("ruby") { "file.method" } else { "file.function" };
        return (!is_named || handler.contains("::") && !is("ruby")).then_some(form);
    }
    let parts = handler.split("::").count();
    match parts {
        3.. if is("java") => Some("package.Class::method"),
        2 | 4.. if is("dotnet") => Some("Assembly::Namespace.Class::Method"),
        _ => None,
    }
}

/// Whether the handler is in the file of code inside the template. Node.js takes exports within exports.
pub(super) fn is_in_index(runtime: &Word<Runtime>, handler: &str) -> bool {
    match handler.strip_prefix("index.") {
        Some(function) => runtime.as_str().starts_with("nodejs") || !function.contains('.'),
        None => runtime.as_str().starts_with("nodejs") && handler.starts_with("./index."),
    }
}

pub(super) fn check(scope: &Scope, runtime: &Word<Runtime>) {
    if DEPRECATED.contains(&runtime.as_str()) {
        scope.warning(
            format!(
                "the runtime `{runtime}` is deprecated: AWS no longer patches it, and will refuse new functions with it"
            ),
            "use a newer one from https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
        );
    }
}
