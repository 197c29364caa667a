//! What is kept of recordings.

use uuid::Uuid;

use super::{T0, finished, person};
use crate::call::Direction;
use crate::id::{CallId, RecordingId};
use crate::store::{Peaks, Recording, Store, StoreError};

fn recording(n: u128, call: CallId, started_at_ms: i64) -> Recording {
    Recording {
        id: RecordingId(Uuid::from_u128(n)),
        call,
        started_at_ms,
        file: format!("/calls/{n}.ogg"),
        sealed: n == 2,
        length_ms: None,
        peaks: Peaks::default(),
    }
}

fn ids(list: Vec<Recording>) -> Vec<u128> {
    list.iter().map(|one| one.id.0.as_u128()).collect()
}

/// A row stays until somebody says that its file is gone, also when its call is forgotten or its person erased.
pub fn recordings_are_kept_until_their_files_are_gone(store: &mut dyn Store) {
    let kept = finished(store, 1, Direction::Incoming, "8555 0117");
    let other = finished(store, 2, Direction::Outgoing, "8555 0118");
    let nobodys = CallId(Uuid::from_u128(0xFFFF));
    assert_eq!(store.begin_recording(&recording(9, nobodys, T0)), Err(StoreError::NotFound));
    let [first, second] = [recording(1, kept.id, T0), recording(2, kept.id, T0 + 60_000)];
    for one in [&second, &first, &recording(3, other.id, T0 + 1)] {
        store.begin_recording(one).unwrap();
    }
    assert_eq!(store.recordings_of(kept.id).unwrap(), [first.clone(), second.clone()]);
    assert_eq!(ids(store.open_recordings().unwrap()), [1, 3, 2]);
    assert!(store.condemned_recordings(i64::MAX).unwrap().is_empty(), "what may be running is let be");

    let peaks = Peaks { column_ms: 100, left: vec![1, 2, 255], right: vec![0, 9, 7] };
    for id in [first.id, second.id] {
        store.end_recording(id, 250, &peaks).unwrap();
    }
    assert_eq!(store.end_recording(RecordingId(Uuid::nil()), 1, &peaks), Err(StoreError::NotFound));
    let ended = Recording { length_ms: Some(250), peaks, ..second.clone() };
    assert_eq!(store.recording(second.id).unwrap(), ended);
    assert_eq!(ids(store.open_recordings().unwrap()), [3]);
    assert_eq!(store.recorded(&[nobodys, kept.id]).unwrap(), [kept.id]);

    assert_eq!(ids(store.condemned_recordings(T0 + 1).unwrap()), [1], "by age");
    store.drop_recording(first.id).unwrap();
    assert_eq!(store.recording(first.id), Err(StoreError::NotFound));
    assert_eq!(store.drop_recording(first.id), Err(StoreError::NotFound));

    let caller = store.save_contact(&person(7, "Eva", "Mora", "8555 0117"), T0).unwrap();
    store.erase_contact(caller.id, caller.rev, T0).unwrap();
    assert_eq!(ids(store.condemned_recordings(0).unwrap()), [2], "who is erased is not heard any more");
    assert!(store.recordings_of(kept.id).unwrap().is_empty() && store.recorded(&[kept.id]).unwrap().is_empty());

    store.end_recording(RecordingId(Uuid::from_u128(3)), 1, &Peaks::default()).unwrap();
    store.dismiss_card(other.id, T0).unwrap();
    store.forget_before(i64::MAX).unwrap();
    assert_eq!(store.card(other.id), Err(StoreError::NotFound));
    assert_eq!(ids(store.condemned_recordings(0).unwrap()), [3, 2], "its call is forgotten");
}
