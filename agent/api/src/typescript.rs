//! TypeScript made from the types of this crate: `ui/src/bindings/api.ts` holds exactly what [`bindings`] returns.

use std::collections::BTreeMap;

use ts_rs::{Config, TS, TypeVisitor};

use crate::command::{COMMANDS, visit_types};
use crate::error::ApiError;
use crate::event::Event;
use crate::media::Levels;
use crate::shell::{ShellEvent, ShellRequest, SystemView};

/// The whole file of bindings.
pub fn bindings() -> String {
    let config = Config::default().with_large_int("number");
    let mut types = Collected { config: &config, declarations: BTreeMap::new() };
    visit_types(&mut types);
    types.visit::<ApiError>();
    types.visit::<Event>();
    types.visit::<Levels>();
    types.visit::<ShellRequest>();
    types.visit::<ShellEvent>();
    types.visit::<SystemView>();

    let mut text = String::from("// Made from agent-api by `cargo xtask bindings`; do not edit.\n\n");
    for declaration in types.declarations.values() {
        text.push_str("export ");
        text.push_str(declaration);
        text.push_str("\n\n");
    }
    text.push_str("export interface Commands {\n");
    for command in COMMANDS {
        let (request, view) = ((command.request)(&config), (command.view)(&config));
        text.push_str(&format!("  {}: {{ request: {request}; view: {view} }};\n", command.name));
    }
    text.push_str("}\n");
    text
}

struct Collected<'a> {
    config: &'a Config,
    declarations: BTreeMap<String, String>,
}

impl TypeVisitor for Collected<'_> {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // Only our own types have a file to stand in; primitives and containers are written in place.
        if T::output_path().is_some() {
            let name = T::ident(self.config);
            if self.declarations.contains_key(&name) {
                return;
            }
            self.declarations.insert(name, T::decl(self.config));
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_command_and_type_is_declared_once() {
        let text = super::bindings();
        for name in ["CallView", "Snapshot", "EventBody", "Levels", "ErrorCode"] {
            assert_eq!(text.matches(&format!("export type {name} ")).count(), 1, "{name}");
        }
        assert!(text.contains("  dial: { request: Dial; view: DialOutcome };"));
        assert!(!text.contains("bigint"));
    }
}
