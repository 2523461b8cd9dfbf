//! What must not compile, and what the compiler says then: the message is documentation, so it is compared too.
//!
//! A case is `cases/NAME.rs`; its first line is the promise. `TRYBUILD=overwrite cargo test -p tests misuse` writes
//! `NAME.stderr`: read it as the user who made the mistake.

#[test]
fn mistakes_do_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("misuse/cases/*.rs");
}
