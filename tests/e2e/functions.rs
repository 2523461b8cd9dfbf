//! Functions with each kind of code that needs no container, deployed by the toolkit and invoked.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use purlin::lambda::{Code, Function, LogFormat, Runtime};
use purlin::{App, CfnOutput, Stack};

use super::aws::REGION;
use super::world::World;
use crate::house::root;
use crate::programs::succeed;

const STACK: &str = "Functions";

#[test]
fn functions_run_inline_code_folders_and_programs() {
    let world = World::new();
    let folder = PathBuf::from(world.path("greeter"));
    write_greeter(&folder, "hello");
    let program = PathBuf::from(world.path("program"));
    build_program(&program);

    deploy(&world, &folder, &program);
    let outputs = world.aws.outputs(STACK);
    let answer = |function: &str| world.aws.invoke(&outputs[function]);
    assert_eq!(answer("Inline"), "\"inline\"");
    assert_eq!(answer("Folder"), "\"hello from a folder\"");
    assert_eq!(answer("Rust"), "\"good day from Rust\"");

    // A changed file changes only its function.
    write_greeter(&folder, "bye");
    let changed = deploy(&world, &folder, &program);
    assert_eq!(answer("Folder"), "\"bye from a folder\"");
    assert_eq!(answer("Rust"), "\"good day from Rust\"");
    let unchanged = deploy(&world, &folder, &program);
    assert!(unchanged.contains("nothing to do") && !changed.contains("nothing to do"), "{unchanged}");
}

/// A function that imports another module.
fn write_greeter(folder: &Path, greeting: &str) {
    fs::create_dir_all(folder.join("texts")).unwrap();
    fs::write(folder.join("texts/__init__.py"), format!("GREETING = '{greeting}'\n")).unwrap();
    let handler = "import texts\n\ndef handler(event, context):\n    return f'{texts.GREETING} from a folder'\n";
    fs::write(folder.join("app.py"), handler).unwrap();
}

fn build_program(folder: &Path) {
    fs::create_dir(folder).unwrap();
    let source = root().join("tests/e2e/functions/bootstrap.rs");
    let rustc = Path::new(env!("CARGO")).with_file_name("rustc");
    succeed(Command::new(rustc).args(["--edition", "2024", "-o"]).arg(folder.join("bootstrap")).arg(source));
}

fn deploy(world: &World, folder: &Path, program: &Path) -> String {
    let app = App::new();
    let stack = app.add(STACK, Stack::props());
    let inline = "def handler(event, context):\n    return 'inline'\n";
    let functions = [
        ("Inline", Function::props(Code::from_inline(Runtime::PYTHON3_13, "index.handler", inline))),
        ("Folder", Function::props(Code::from_asset(Runtime::PYTHON3_13, "app.handler", folder))),
        ("Rust", Function::props(Code::from_rust(program)).environment("GREETING", "good day")),
    ];
    for (name, function) in functions {
        let function = stack.add(format!("{name}Function"), function.log_format(LogFormat::Json));
        stack.add(name, CfnOutput::new(function.name()));
    }
    let out = PathBuf::from(world.path("functions.out"));
    app.synth().expect("the stack has no problems").assembly.write(&out).expect("a new folder is writable");
    let output = succeed(world.toolkit().args(["deploy", "--local", "--yes", "--region", REGION, "--app"]).arg(&out));
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}
