//! The options of `purlin call`.

use super::shared::Where;
use super::token::ClientRef;

#[derive(Debug, clap::Args)]
pub(crate) struct Call {
    /// The address; with `--local`, an API of AWS is called in the emulator
    #[arg(value_name = "URL")]
    pub(crate) url: String,

    /// The method [default: GET, POST with a body]
    #[arg(long, short = 'X', value_name = "METHOD")]
    pub(crate) method: Option<String>,

    /// The body, or `@FILE`
    #[arg(long, short, value_name = "TEXT|@FILE")]
    pub(crate) data: Option<String>,

    /// A header, such as `Content-Type: application/json`; not for secrets
    #[arg(long, short = 'H', value_name = "NAME: VALUE")]
    pub(crate) header: Vec<String>,

    #[command(flatten)]
    pub(crate) proof: Proof,

    #[command(flatten)]
    pub(crate) place: Where,

    /// Print the headers of the response too
    #[arg(long, short)]
    pub(crate) include: bool,

    /// Print status, headers and body as JSON
    #[arg(long, short)]
    pub(crate) json: bool,
}

/// The credentials. Secrets are never arguments, which all users of the machine can see.
#[derive(Debug, clap::Args)]
pub(crate) struct Proof {
    /// Get a token from the user pool of this stack, as `purlin token` does
    #[arg(long, value_name = "STACK", conflicts_with_all = ["token_stdin", "token_env", "sign"])]
    pub(crate) token_from: Option<String>,

    #[command(flatten)]
    pub(crate) client: ClientRef,

    /// Read the bearer token from standard input
    #[arg(long, conflicts_with_all = ["token_env", "secret_stdin", "api_key_stdin"])]
    pub(crate) token_stdin: bool,

    /// Take the bearer token from this environment variable
    #[arg(long, value_name = "NAME")]
    pub(crate) token_env: Option<String>,

    /// Read the API key from standard input
    #[arg(long, conflicts_with_all = ["api_key_env", "secret_stdin"])]
    pub(crate) api_key_stdin: bool,

    /// Take the API key from this environment variable
    #[arg(long, value_name = "NAME")]
    pub(crate) api_key_env: Option<String>,

    /// Take the API key from API Gateway, by its id
    #[arg(long, value_name = "ID", conflicts_with_all = ["api_key_env", "api_key_stdin"])]
    pub(crate) api_key_id: Option<String>,

    /// Sign the request with the AWS credentials (Signature Version 4)
    #[arg(long, conflicts_with_all = ["token_stdin", "token_env"])]
    pub(crate) sign: bool,

    /// The service it is signed for, by its signing name [default: the host's, else `execute-api`]
    #[arg(long, value_name = "SERVICE", requires = "sign")]
    pub(crate) service: Option<String>,
}
