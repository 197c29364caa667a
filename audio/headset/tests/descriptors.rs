//! Descriptors: a real one, synthetic ones, and what damage does to them.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)] // the crate is pure; its tests read files, need some instant, and may panic

use std::path::Path;

use headset::descriptor::{Kind, MAX_LEN};
use headset::telephony::Nature;
use headset::{Button, Descriptor, DescriptorError, Lamp, Telephony};
use proptest::prelude::*;
use support::{BLACKWIRE_3220, MODELS, bytes};

mod fuzzed;
mod support;

fn telephony(descriptor: &[u8]) -> Telephony {
    Telephony::find(&Descriptor::parse(descriptor).unwrap()).unwrap()
}

#[test]
fn a_real_blackwire_is_understood() {
    let found = telephony(&bytes(BLACKWIRE_3220));
    let buttons: Vec<_> = found.buttons().collect();
    assert_eq!(
        buttons,
        [(Button::Mute, Nature::Pulse), (Button::Hook, Nature::Latched), (Button::Flash, Nature::Pulse)]
    );
    let lamps: Vec<_> = found.lamps().collect();
    assert_eq!(lamps, [Lamp::Mute, Lamp::OffHook, Lamp::Ring, Lamp::Speaker, Lamp::Hold, Lamp::OnLine]);

    let on: Vec<_> = found.read(&[8, 0b010]).into_iter().filter(|r| r.on).map(|r| r.button).collect();
    assert_eq!(on, [Button::Hook]);
    assert!(found.read(&[9, 0xFF]).is_empty(), "a report with another id is no button");
    assert!(found.read(&[8]).is_empty(), "a report that is cut off tells nothing");
    let reports = found.write(|lamp| lamp == Lamp::OffHook);
    assert_eq!(reports.get(&0x17), Some(&vec![0x17, 1]));
    assert_eq!(reports.values().filter(|bytes| bytes[1] != 0).count(), 1);
}

#[test]
fn every_layout_that_is_known_is_understood() {
    for model in MODELS {
        let found = telephony(&model.descriptor());
        let readings = found.read(&model.report(&[0x20]));
        let on: Vec<_> = readings.iter().filter(|r| r.on).map(|r| r.button).collect();
        assert_eq!(on, [Button::Hook], "{}", model.name);
        let lit = found.write(|lamp| lamp == Lamp::OffHook);
        let set: Vec<_> = lit.values().flat_map(|report| model.lamps(report)).filter(|(_, on)| *on).collect();
        assert_eq!(set, [(0x17, true)], "{}", model.name);
    }
    assert!(MODELS.len() >= 12);
}

#[test]
fn volume_keys_alone_are_no_telephony() {
    let keys = bytes("050C0901A10115002501750109E909EA95028102950681 03C0".replace(' ', "").as_str());
    assert_eq!(Telephony::find(&Descriptor::parse(&keys).unwrap()), None);
}

#[test]
fn items_of_every_kind_are_read() {
    // Push and pop, a range, an extended usage, a set of delimiters, a long item, nested collections.
    let text = "050B0905A101 FE02AA0000 850115002501 A4 75019502 1920 2921 8122 B4 A102 75019501 0B2F000B00 8106 \
                A901 0924 0926 A900 8106 95057501 8101 C0 C0";
    let descriptor = Descriptor::parse(&bytes(&text.replace([' ', '\n'], ""))).unwrap();
    let found = Telephony::find(&descriptor).unwrap();
    let buttons: Vec<_> = found.buttons().map(|(button, _)| button).collect();
    assert_eq!(buttons, [Button::Hook, Button::Flash, Button::Mute, Button::Redial]);
    assert_eq!(descriptor.report_len(Kind::Input, 1), 2);
    assert_eq!(descriptor.collections.len(), 2);
    let last = descriptor.fields.last().unwrap();
    assert_eq!(descriptor.application(last), 0x0B_0005);
    assert_eq!(descriptor.collections[last.collection.unwrap()].parent, Some(0));
}

#[test]
fn a_button_in_an_array_is_found_by_its_index() {
    // Values 1 to 3 stand for Hook Switch, Flash and Feature; 0 for none.
    let array = bytes("050B0905A10185011501250319202922750895028100C0");
    let found = telephony(&array);
    let on = |report: &[u8]| found.read(report).into_iter().filter(|r| r.on).map(|r| r.button).collect::<Vec<_>>();
    assert_eq!(on(&[1, 0, 0]), []);
    assert_eq!(on(&[1, 2, 0]), [Button::Flash]);
    assert_eq!(on(&[1, 3, 1]), [Button::Hook]);
}

#[test]
fn what_is_beyond_measure_is_refused() {
    let refused = |hex: &str| Descriptor::parse(&bytes(hex)).unwrap_err();
    assert_eq!(Descriptor::parse(&[0; MAX_LEN + 1]), Err(DescriptorError::TooLong { len: MAX_LEN + 1 }));
    assert_eq!(refused("C0"), DescriptorError::NotBegun { at: 0 });
    assert_eq!(refused("A101"), DescriptorError::NotEnded);
    assert_eq!(refused("050B27FF"), DescriptorError::CutShort { at: 2 });
    assert_eq!(refused("FEFF00"), DescriptorError::CutShort { at: 0 });
    assert_eq!(refused("8500"), DescriptorError::ReportId { at: 0 });
    assert_eq!(refused("B4"), DescriptorError::NotBegun { at: 0 });
    assert_eq!(refused("A901A901"), DescriptorError::NotBegun { at: 2 });
    assert_eq!(refused("77FFFFFFFF97FFFFFFFF8102"), DescriptorError::TooMuch { at: 10 });
    assert_eq!(refused(&"A101".repeat(40)), DescriptorError::TooMuch { at: 64 });
    assert_eq!(refused(&"A4".repeat(20)), DescriptorError::TooMuch { at: 16 });
    assert_eq!(refused(&"0920".repeat(600)), DescriptorError::TooMuch { at: 1024 });
}

#[test]
fn every_byte_of_every_descriptor_may_be_any_other() {
    let all = MODELS.iter().map(support::Model::descriptor).chain([bytes(BLACKWIRE_3220)]);
    for whole in all {
        for cut in 0..whole.len() {
            fuzzed::descriptor(&whole[..cut]);
            for value in 0..=u8::MAX {
                let mut damaged = whole.clone();
                damaged[cut] = value;
                fuzzed::descriptor(&damaged);
            }
        }
    }
}

#[test]
fn what_fuzzing_begins_with_is_read() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/descriptor");
    let mut replayed = 0;
    for entry in std::fs::read_dir(&corpus).unwrap() {
        let data = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(Descriptor::parse(&data).is_ok());
        fuzzed::descriptor(&data);
        replayed += 1;
    }
    assert!(replayed >= 3, "the corpus is missing");
}

/// `HEADSETS=<folder> cargo test -p headset -- --ignored --nocapture`: what is found in descriptors that may not be shipped.
#[test]
#[ignore = "needs a folder of descriptors"]
fn descriptors_of_a_folder_are_understood() {
    for entry in std::fs::read_dir(std::env::var("HEADSETS").unwrap()).unwrap() {
        let path = entry.unwrap().path();
        let data = std::fs::read(&path).unwrap();
        let found = Telephony::find(&Descriptor::parse(&data).unwrap());
        let shown = found.map(|found| (found.buttons().collect::<Vec<_>>(), found.lamps().collect::<Vec<_>>()));
        eprintln!("{}: {shown:?}", path.display());
        for cut in 0..data.len() {
            fuzzed::descriptor(&data[..cut]);
            for value in 0..=u8::MAX {
                let mut damaged = data.clone();
                damaged[cut] = value;
                fuzzed::descriptor(&damaged);
            }
        }
    }
}

proptest! {
    #[test]
    fn noise_never_panics(data in proptest::collection::vec(any::<u8>(), 0..400)) {
        fuzzed::descriptor(&data);
    }

    #[test]
    fn what_is_written_behind_a_model_changes_nothing_before_it(noise in proptest::collection::vec(any::<u8>(), 0..40)) {
        let mut data = bytes(BLACKWIRE_3220);
        data.extend(noise);
        if let Ok(descriptor) = Descriptor::parse(&data) {
            let found = Telephony::find(&descriptor).unwrap();
            prop_assert_eq!(found.buttons().next(), Some((Button::Mute, Nature::Pulse)));
        }
        fuzzed::descriptor(&data);
    }
}
