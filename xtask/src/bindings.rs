//! TypeScript types of the boundary, made from `agent-api`.

use anyhow::{Context, Result, bail};

use crate::paths;

/// Writes the file, or with `check` fails if it differs.
pub fn run(check: bool) -> Result<()> {
    let path = paths::ui().join("src/bindings/api.ts");
    let wanted = agent_api::typescript::bindings();
    if check {
        let stands = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        if stands.replace("\r\n", "\n") != wanted {
            bail!("ui/src/bindings/api.ts is not what agent-api says: run `cargo xtask bindings`");
        }
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(&path, wanted).with_context(|| path.display().to_string())
}
