//! IAM: roles, policies, statements and grants.
