//! The peers themselves: what the scenarios stand on must stand.

use std::time::Duration;

use acceptance::peers::{Baresip, BaresipConfig, Kamailio, PulseServer, User, wait_until};
use acceptance::sound::{self, Voice};

#[test]
fn two_baresips_talk_through_kamailio() {
    let folder = tempfile::tempdir().unwrap();
    let (low, high) =
        (sound::speech(folder.path(), Voice::Low).unwrap(), sound::speech(folder.path(), Voice::High).unwrap());
    let exchange = Kamailio::start().unwrap();
    let bob = Baresip::start(
        &exchange,
        &BaresipConfig {
            user: User::BOB,
            transport: "udp",
            codecs: "pcma",
            speech: &high,
            answers: true,
            more: "",
            menc: "",
        },
    )
    .unwrap();
    let alice = Baresip::start(
        &exchange,
        &BaresipConfig {
            user: User::ALICE,
            transport: "tls",
            codecs: "pcma",
            speech: &low,
            answers: false,
            more: "",
            menc: "",
        },
    )
    .unwrap();
    alice.dial(User::BOB.name).unwrap();
    wait_until("the call ends with its file", Duration::from_secs(30), || bob.log().contains("terminated")).unwrap();
    let heard = sound::read_wav(&bob.heard().unwrap()).unwrap();
    let heard = sound::compare(&sound::read_wav(&low).unwrap(), &heard).unwrap();
    assert!(heard.likeness > 0.8, "{heard:?}");
}

#[test]
fn a_virtual_card_plays_what_it_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let wav = sound::speech(folder.path(), Voice::Low).unwrap();
    let server = PulseServer::start().unwrap();
    let card = server.plug_in("desk").unwrap();
    let sources = server.pactl(&["list", "short", "sources"]).unwrap();
    assert!(sources.contains(&card.microphone), "{sources}");
    let recorded = folder.path().join("recorded.wav");
    let listener = server.listen(&card, &recorded).unwrap();
    wait_until("the recorder records", Duration::from_secs(10), || {
        recorded.metadata().is_ok_and(|file| file.len() > 10_000)
    })
    .unwrap();
    let status = std::process::Command::new("paplay")
        .args(["-d", &card.speaker])
        .arg(&wav)
        .env("PULSE_SERVER", server.address())
        .status()
        .unwrap();
    assert!(status.success());
    drop(listener);
    let heard = sound::compare(&sound::read_wav(&wav).unwrap(), &sound::read_wav(&recorded).unwrap()).unwrap();
    assert!(heard.likeness > 0.9, "{heard:?}");
}
