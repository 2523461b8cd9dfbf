//! Tests of the house as a whole: golden, cli, misuse, oracle, deploy, e2e.
