//! AWS Lambda: functions, made by the stack or imported, their URLs and permissions.
//!
//! A function has [`Code`], with a runtime and a handler unless it is an image. It writes its logs to a log group of the
//! stack and runs with its own role. Pass it to what invokes it: a `RestApi`, or a trigger of a user pool. An imported
//! function has the same type.

mod async_invoke;
mod check;
mod code;
mod code_image;
mod environment;
mod function;
mod function_build;
mod function_props;
mod function_url;
mod layer;
mod permission;
mod runtime;

pub use async_invoke::Destination;
pub use code::Code;
pub use code_image::AssetImageCode;
pub use environment::EnvironmentValue;
pub use function::Function;
pub use function_props::{Architecture, DeadLetterTarget, FunctionProps, LogFormat, LogLevel, Tracing};
pub use function_url::{FunctionUrl, FunctionUrlAuthType, FunctionUrlCors, FunctionUrlProps, InvokeMode};
pub use layer::{LayerVersion, LayerVersionProps};
pub use permission::Permission;
pub use runtime::Runtime;
