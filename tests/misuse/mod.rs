//! Mistakes that must not compile, with the compiler's messages: users read them, so they are compared too.
//!
//! A case is `cases/NAME.rs`; its first line is the promise. `TRYBUILD=overwrite cargo test -p tests misuse` writes
//! `NAME.stderr`: read it as the user who made the mistake.

#[test]
fn mistakes_do_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("misuse/cases/*.rs");
}
