//! The options of `purlin token` and `purlin token decode`.

use std::num::NonZeroU16;

use clap::{Subcommand, ValueEnum};

use super::user::PoolRef;

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Token {
    #[command(subcommand)]
    pub(crate) action: Option<TokenAction>,

    #[command(flatten)]
    pub(crate) wanted: NewToken,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenAction {
    /// Verify a token and print its claims
    Decode(Decode),
}

#[derive(Debug, clap::Args)]
pub(crate) struct NewToken {
    /// The stack with the user pool and its client
    #[arg(value_name = "STACK", required_unless_present = "user_pool", conflicts_with = "user_pool")]
    pub(crate) stack: Option<String>,

    #[command(flatten)]
    pub(crate) pool: PoolRef,

    #[command(flatten)]
    pub(crate) client: ClientRef,

    /// Sign a user in through the browser, even if the client can get a token for itself
    #[arg(long)]
    pub(crate) login: bool,

    /// Which token to print
    #[arg(long, value_enum, default_value_t, value_name = "KIND", conflicts_with = "json")]
    pub(crate) kind: TokenKind,

    /// Print the address of the sign-in page, and open no browser
    #[arg(long)]
    pub(crate) no_browser: bool,

    /// The port of this machine for the browser's callback [default: that of the first callback URL on this machine]
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<NonZeroU16>,

    /// Print everything as JSON
    #[arg(long, short)]
    pub(crate) json: bool,
}

/// The client, and the source of its secret.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct ClientRef {
    /// The app client: its id, name, logical id or construct [default: the first with the OAuth flow]
    #[arg(long, value_name = "CLIENT")]
    pub(crate) client: Option<String>,

    /// A scope to ask for [default: all scopes of the client]
    #[arg(long, value_name = "SCOPE", value_delimiter = ',')]
    pub(crate) scope: Vec<String>,

    #[command(flatten)]
    pub(crate) secret: SecretFrom,
}

/// The source of a client's secret, if not Cognito.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(multiple = false)]
#[expect(clippy::struct_field_names, reason = "they are the names of the options")]
pub(crate) struct SecretFrom {
    /// Take the client's secret from Secrets Manager: a name or ARN, and `:KEY` of one that is JSON
    #[arg(long, value_name = "SECRET")]
    pub(crate) secret_id: Option<String>,

    /// Read the client's secret from standard input [default: it is read from Cognito]
    #[arg(long)]
    pub(crate) secret_stdin: bool,

    /// Take the client's secret from this environment variable
    #[arg(long, value_name = "NAME")]
    pub(crate) secret_env: Option<String>,

    /// Ask for the client's secret
    #[arg(long)]
    pub(crate) secret_prompt: bool,
}

/// A kind of token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TokenKind {
    /// For calls of APIs
    #[default]
    Access,
    /// The identity of the user
    Id,
    /// For new tokens
    Refresh,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Decode {
    /// The stack with the user pool [default: the pool that the token names]
    #[arg(value_name = "STACK", conflicts_with = "user_pool")]
    pub(crate) stack: Option<String>,

    #[command(flatten)]
    pub(crate) pool: PoolRef,

    /// Take the token from this environment variable [default: standard input]
    #[arg(long, value_name = "NAME")]
    pub(crate) token_env: Option<String>,

    /// The required app client, by its id [default: any of the pool]
    #[arg(long, value_name = "CLIENT")]
    pub(crate) client: Option<String>,

    /// A required scope
    #[arg(long, value_name = "SCOPE", value_delimiter = ',')]
    pub(crate) scope: Vec<String>,
}
