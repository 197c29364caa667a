//! An allocator that counts proves that callbacks allocate nothing; a process that may not, that they ask nothing of the system.
#![allow(unsafe_code, reason = "a counting allocator has to be an allocator; a child process is made by the system")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use super::*;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: everything is handed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|n| n.set(n.get() + 1));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        let _ = ALLOCATIONS.try_with(|n| n.set(n.get() + 1));
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn allocations(work: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get() - before
}

#[test]
fn the_guard_sees_an_allocation() {
    assert!(allocations(|| drop(std::hint::black_box(vec![1_u8; 100]))) >= 2);
}

#[test]
fn callbacks_of_any_size_and_format_allocate_nothing() {
    let pulse = Arc::new(Pulse::default());
    for channels in [1, 2, 6] {
        let (producer, mut far) = rtrb::RingBuffer::new(4_800);
        let mut capture = Capture::new(producer, channels, pulse.clone());
        let (mut near, consumer) = rtrb::RingBuffer::new(4_800);
        let mut playback = Playback::new(consumer, channels, pulse.clone());
        for frames in [1, 24, 256, 320, 480, 1_024, 9_600] {
            let (floats, words) = (vec![0.25_f32; frames * channels], vec![8_192_i16; frames * channels]);
            let (mut out_floats, mut out_words) = (floats.clone(), words.clone());
            for value in 0..300 {
                let _ = near.push(value as f32 / 1_000.0);
            }
            let count = allocations(|| {
                capture.take(&floats);
                capture.take(&words);
                playback.give(&mut out_floats);
                playback.give(&mut out_words);
            });
            assert_eq!(count, 0, "{frames} frames, {channels} channels");
            while let Ok(sample) = far.pop() {
                assert!((sample - 0.25).abs() < 1e-4);
            }
        }
    }
    assert_eq!(pulse.lump.load(Ordering::Relaxed), 9_600);
}

#[test]
fn the_speaker_gets_what_there_is_and_then_silence() {
    let (mut near, consumer) = rtrb::RingBuffer::new(1_000);
    for n in 0..300 {
        near.push(n as f32).unwrap();
    }
    let mut playback = Playback::new(consumer, 2, Arc::default());
    let mut sound = vec![9.0_f32; 800];
    playback.give(&mut sound);
    for (n, frame) in sound.chunks_exact(2).enumerate() {
        let wanted = if n < 300 { n as f32 } else { 0.0 };
        assert_eq!(frame, [wanted, wanted]);
    }
}

/// Does the work in a copy of this process which is killed if it asks the system for anything (seccomp(2), strict mode:
/// nothing but read, write and exit), and tells whether it lived. A lock that has to wait, a log and a file all ask.
#[cfg(target_os = "linux")]
fn asks_the_system_for_nothing(work: impl FnOnce()) -> bool {
    // SAFETY: between `fork` and the end of the copy there is only the work, which takes no lock that a thread of the
    // original may have held, and the end runs nothing of this program.
    unsafe {
        match libc::fork() {
            -1 => panic!("the system gives no further process"),
            0 => {
                if libc::prctl(libc::PR_SET_SECCOMP, 1) == 0 {
                    work();
                    libc::syscall(libc::SYS_exit, 0);
                }
                libc::_exit(1)
            }
            child => {
                let mut status = 0;
                assert_eq!(libc::waitpid(child, &raw mut status, 0), child);
                assert!(!libc::WIFEXITED(status) || libc::WEXITSTATUS(status) == 0, "the system has no strict mode");
                libc::WIFEXITED(status)
            }
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn callbacks_ask_the_system_for_nothing() {
    // SAFETY: asks for a number.
    let asks = || {
        let _ = std::hint::black_box(unsafe { libc::syscall(libc::SYS_getpid) });
    };
    assert!(!asks_the_system_for_nothing(asks), "the guard sees no call");
    let (producer, _far) = rtrb::RingBuffer::new(4_800);
    let mut capture = Capture::new(producer, 2, Arc::default());
    let (mut near, consumer) = rtrb::RingBuffer::new(4_800);
    near.push(0.5).unwrap();
    let mut playback = Playback::new(consumer, 2, Arc::default());
    let (said, mut heard) = ([0.25_f32; 2_000], [0_i16; 2_000]);
    assert!(asks_the_system_for_nothing(|| {
        // The ring is full in between, and the other one is empty.
        for _ in 0..10 {
            capture.take(&said);
            playback.give(&mut heard);
        }
    }));
}

#[test]
fn callbacks_name_no_lock_and_no_log() {
    let code = include_str!("../callback.rs");
    for word in ["Mutex", "RwLock", "Condvar", ".lock()", "tracing", "println", "std::fs", "std::thread"] {
        assert!(!code.contains(word), "{word}");
    }
}
