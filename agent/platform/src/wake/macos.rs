//! `NSWorkspaceDidWakeNotification` of the shared workspace; told on the main thread's run loop.

use std::ptr::NonNull;

use block2::RcBlock;
use objc2_app_kit::{NSWorkspace, NSWorkspaceDidWakeNotification};
use objc2_foundation::NSNotification;

use super::WakeError;

pub fn follow(woke: impl Fn() + Send + Sync + 'static) -> Result<(), WakeError> {
    let centre = NSWorkspace::sharedWorkspace().notificationCenter();
    let block = RcBlock::new(move |_: NonNull<NSNotification>| woke());
    // SAFETY: the name is a constant of the framework; the centre keeps the block and its observer until the program ends.
    let observer = unsafe {
        centre.addObserverForName_object_queue_usingBlock(Some(NSWorkspaceDidWakeNotification), None, None, &block)
    };
    // Nobody takes it off again.
    std::mem::forget(observer);
    Ok(())
}
