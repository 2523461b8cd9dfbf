//! AWS Lambda: functions, made by the stack or imported, their URLs, and who may invoke them.
//!
//! A function is made of [`Code`], which brings its runtime and handler along where it needs them. It writes its logs
//! to a log group of the stack, runs with a role of its own, and is given to whatever invokes it: a `RestApi`, a trigger
//! of a user pool. An imported function is the same type, so all of them take either.

mod async_invoke;
mod check;
mod code;
mod code_image;
mod environment;
mod function;
mod function_build;
mod function_props;
mod function_url;
mod permission;
mod runtime;

pub use async_invoke::Destination;
pub use code::Code;
pub use code_image::AssetImageCode;
pub use environment::EnvironmentValue;
pub use function::Function;
pub use function_props::{Architecture, DeadLetterTarget, FunctionProps, LogFormat, LogLevel, Tracing};
pub use function_url::{FunctionUrl, FunctionUrlAuthType, FunctionUrlCors, FunctionUrlProps, InvokeMode};
pub use permission::Permission;
pub use runtime::Runtime;
