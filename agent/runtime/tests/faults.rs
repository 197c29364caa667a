//! Faults through the whole agent with its real store and sockets: each says what is wrong, and nothing is lost.

#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

mod house;

use std::fs;
use std::io::Write;
use std::path::Path;

use agent_api::card::{SaveCard, SaveDraft};
use agent_api::command::{Commands, Nothing};
use agent_api::draft::Draft;
use agent_api::error::ErrorCode;
use agent_api::event::NoticeCode;
use agent_api::id::CallId;
use house::House;

/// Where the small file system of [`on_a_full_disk`] is.
const SMALL: &str = "TIMBRE_TEST_SMALL_DISK";

fn refusal(started: Result<House, runtime::RuntimeError>) -> ErrorCode {
    started.map(drop).unwrap_err().api_error().code
}

/// A stored profile with one card, not running.
async fn profile(place: &Path) -> CallId {
    let mut house = House::on(place).await.unwrap();
    house.practise().await;
    let call = house.talked().await;
    house.runtime.shut_down().await;
    call
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_agent_on_the_same_data_is_refused_and_the_first_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = House::on(folder.path()).await.unwrap();
    first.practise().await;
    assert_eq!(refusal(House::on(folder.path()).await), ErrorCode::DatabaseLocked);
    first.talked().await;
    assert_eq!(first.faults().await, []);
    first.runtime.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_a_newer_version_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let call = profile(folder.path()).await;
    let file = folder.path().join("timbre.db");
    let known = fs::read(&file).unwrap();
    // user_version, the 4 bytes at 60 of the file's header.
    let mut newer = known.clone();
    newer[60..64].copy_from_slice(&9999_u32.to_be_bytes());
    fs::write(&file, &newer).unwrap();
    assert_eq!(refusal(House::on(folder.path()).await), ErrorCode::DatabaseNewer);
    assert_eq!(fs::read(&file).unwrap(), newer, "not a byte was changed");

    fs::write(&file, &known).unwrap();
    let mut house = House::on(folder.path()).await.unwrap();
    house.card_where("from before", call, |_| true).await;
    house.runtime.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_database_is_refused_and_left_for_rescue() {
    let folder = tempfile::tempdir().unwrap();
    profile(folder.path()).await;
    let file = folder.path().join("timbre.db");
    let mut damaged = fs::read(&file).unwrap();
    damaged[..4096].fill(0x5A);
    fs::write(&file, &damaged).unwrap();
    assert_eq!(refusal(House::on(folder.path()).await), ErrorCode::DatabaseFailed);
    assert_eq!(fs::read(&file).unwrap(), damaged);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn everything_kept_is_private_to_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("profile");
    // A folder and a leftover that others could read.
    fs::create_dir(&place).unwrap();
    fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(place.join("settings.toml.new"), "").unwrap();
    let mut house = House::on(&place).await.unwrap();
    let preferences = house.snapshot().await.preferences;
    house.runtime.agent.save_preferences(preferences).await.unwrap();
    house.practise().await;
    house.talked().await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place), 0o700);
    let files: Vec<_> = fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.iter().any(|file| file.ends_with("settings.toml")) && files.len() >= 3, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    house.runtime.shut_down().await;
}

/// Runs [`on_a_full_disk`] in a file system of three megabytes, which only that process sees.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_and_nothing_typed_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let mount = "mount -t tmpfs -o size=3m tmpfs \"$1\" && shift && exec \"$@\"";
    let test = std::env::current_exe().unwrap();
    let output = std::process::Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh"])
        .arg(folder.path())
        .arg(test)
        .args(["--ignored", "--exact", "on_a_full_disk", "--nocapture"])
        .env(SMALL, folder.path())
        .output()
        .unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in the small file system that a_full_disk_is_said_and_nothing_typed_is_lost makes"]
async fn on_a_full_disk() {
    let place = std::path::PathBuf::from(std::env::var(SMALL).expect("started by the other test")).join("profile");
    let mut house = House::on(&place).await.unwrap();
    house.practise().await;
    let call = house.talked().await;
    let filler = place.join("filler");
    fill(&filler);

    let text = |edit: u32| format!("{edit}: {}", "llamar mañana ".repeat(2_000));
    let draft = |comment: String| Draft { comment, ..Draft::default() };
    let mut edit = 0;
    let error = loop {
        edit += 1;
        assert!(edit < 200, "the disk never gets full");
        if let Err(error) = house.runtime.agent.save_draft(SaveDraft { call, edit, draft: draft(text(edit)) }).await {
            break error;
        }
    };
    assert_eq!(error.code, ErrorCode::DiskFull);
    assert_eq!(house.faults().await, [NoticeCode::DiskFull], "a banner stands");
    let card = house.card_where("with the last word", call, |card| card.draft.comment == text(edit)).await;
    let save = SaveCard { call, draft: card.draft, outcome: None };
    let refused = house.runtime.agent.save_card(save).await.unwrap_err();
    assert!(matches!(refused.code, ErrorCode::DiskFull | ErrorCode::Required), "{refused:?}");
    let mut preferences = house.snapshot().await.preferences;
    preferences.text_size_pct = 120;
    // The settings are small and may still find room in the last page.
    if let Err(error) = house.runtime.agent.save_preferences(preferences).await {
        assert_eq!(error.code, ErrorCode::DiskFull);
        assert_eq!(house.snapshot().await.preferences.text_size_pct, 100, "as it was");
    }

    fs::remove_file(&filler).unwrap();
    house
        .wait("the end of the fault", |body| match body {
            agent_api::event::EventBody::Faults(faults) if faults.is_empty() => Some(()),
            _ => None,
        })
        .await;
    house.runtime.shut_down().await;
    let mut house = House::on(&place).await.unwrap();
    house.card_where("with the text after a restart", call, |card| card.draft.comment == text(edit)).await;
    house.runtime.agent.snapshot(Nothing {}).await.unwrap();
    house.runtime.shut_down().await;
}

/// Takes all the room there is.
fn fill(path: &Path) {
    let mut file = fs::File::create(path).unwrap();
    for size in [65_536, 4_096, 1] {
        while file.write_all(&vec![0x55; size]).is_ok() {}
    }
}
