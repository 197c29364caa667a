//! Makes the window library's context, and the permissions of our own commands.

fn main() {
    // The interface is built into the program. Checks and lints of the workspace work without it too.
    let dist = std::path::Path::new("../ui/dist");
    if !dist.join("index.html").exists() {
        println!(
            "cargo:warning=ui/dist is not built: this program would show an empty window (cargo xtask run builds both)"
        );
        std::fs::create_dir_all(dist).ok();
    }
    println!("cargo:rerun-if-changed=../ui/dist");
    let own = tauri_build::AppManifest::new().commands(&["api", "shell"]);
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(own)) {
        println!("cargo:warning={error:#}");
        std::process::exit(1);
    }
}
