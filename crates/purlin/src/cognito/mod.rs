//! Amazon Cognito: user pools, their domains, app clients and resource servers.
