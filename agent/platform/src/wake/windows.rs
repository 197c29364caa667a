//! `PowerRegisterSuspendResumeNotification`, which calls back on a thread of the system's.

use std::ffi::c_void;

use windows_sys::Win32::Foundation::ERROR_SUCCESS;
use windows_sys::Win32::System::Power::{DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS, PowerRegisterSuspendResumeNotification};
use windows_sys::Win32::UI::WindowsAndMessaging::{DEVICE_NOTIFY_CALLBACK, PBT_APMRESUMEAUTOMATIC};

use super::WakeError;

type Woke = Box<dyn Fn() + Send + Sync>;

pub fn follow(woke: impl Fn() + Send + Sync + 'static) -> Result<(), WakeError> {
    // Both live until the program ends: the system keeps pointers to them.
    let woke: &'static mut Woke = Box::leak(Box::new(Box::new(woke) as Woke));
    let told = Box::leak(Box::new(DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS {
        Callback: Some(on_power),
        Context: std::ptr::from_mut(woke).cast(),
    }));
    let mut handle: *mut c_void = std::ptr::null_mut();
    // SAFETY: `told` and what it points to are never freed, and `on_power` has the form that the function asks for.
    let result = unsafe {
        PowerRegisterSuspendResumeNotification(
            DEVICE_NOTIFY_CALLBACK,
            std::ptr::from_mut(told).cast(),
            std::ptr::from_mut(&mut handle),
        )
    };
    if result == ERROR_SUCCESS { Ok(()) } else { Err(WakeError(format!("error {result}"))) }
}

/// Every resume comes with this event, whoever woke the machine.
unsafe extern "system" fn on_power(context: *const c_void, event: u32, _: *const c_void) -> u32 {
    if event == PBT_APMRESUMEAUTOMATIC {
        // SAFETY: the context is the leaked box of `follow`.
        let woke = unsafe { &*context.cast::<Woke>() };
        woke();
    }
    ERROR_SUCCESS
}
