//! Gives libFuzzer's inputs to the target that `PURLIN_FUZZ_TARGET` names.

#![no_main]

use std::sync::LazyLock;

static TARGET: LazyLock<purlin_fuzz::Target> = LazyLock::new(|| {
    let name = std::env::var("PURLIN_FUZZ_TARGET").expect("`PURLIN_FUZZ_TARGET` is the name of a target");
    *purlin_fuzz::TARGETS.iter().find(|target| target.name == name).expect("`PURLIN_FUZZ_TARGET` is no target")
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| (TARGET.run)(data));
