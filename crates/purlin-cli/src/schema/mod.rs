//! `purlin schema`: resource types and properties in AWS's registry.

mod find;
mod page;

use purlin_template::{Property, ResourceType};
use serde_json::{Value, json};

use crate::args::Schema;
use crate::failure::Failure;
use crate::terminal::Terminal;
use find::Found;
use page::Page;

pub(crate) fn run(args: &Schema, terminal: &Terminal) -> Result<(), Failure> {
    match find::types(args.type_name.as_deref())? {
        Found::Services(services) => list(&services, args.json, terminal),
        Found::Types(names) => {
            if let Some(property) = &args.property {
                let message = format!("`{property}` may be a property of several types: {}", find::quoted(&names));
                return Err(Failure::usage(message).hint("name one of them in full"));
            }
            list(&names, args.json, terminal);
        }
        Found::Type(kind) => match &args.property {
            None if args.json => print_json(kind.schema(), terminal),
            None => terminal.print(&Page::new(terminal).of_type(&kind)),
            Some(path) => one_property(&kind, &find::property(&kind, path)?, args.json, terminal),
        },
    }
    Ok(())
}

fn one_property(kind: &ResourceType, property: &Property<'_>, as_json: bool, terminal: &Terminal) {
    if as_json {
        print_json(property.schema, terminal);
    } else {
        terminal.print(&Page::new(terminal).of_property(kind, property));
    }
}

fn list(names: &[String], as_json: bool, terminal: &Terminal) {
    if as_json {
        return print_json(&json!(names), terminal);
    }
    terminal.print(&names.join("\n"));
}

fn print_json(value: &Value, terminal: &Terminal) {
    terminal.print_document(&format!("{value:#}"));
}
