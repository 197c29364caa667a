//! The C side: `sqlite3_vfs` and `sqlite3_io_methods` over [`super::Disk`].

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;
use std::sync::{Arc, Mutex, Once};

use rusqlite::ffi;

use super::{Disk, Fault, Image, LAYER, disks};

/// SQLite's handle of an open file; the first field must be the base.
#[repr(C)]
struct Handle {
    base: ffi::sqlite3_file,
    disk: *mut String,
    image: *mut Arc<Mutex<Image>>,
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(lock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

/// Makes the layer known to SQLite, once.
pub fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the layer and its name live as long as the program; the system's own layer lends clock and randomness.
        unsafe {
            let system = ffi::sqlite3_vfs_find(ptr::null());
            let name = CString::new(LAYER).unwrap().into_raw();
            let layer = ffi::sqlite3_vfs {
                iVersion: 1,
                szOsFile: size_of::<Handle>() as c_int,
                mxPathname: 512,
                pNext: ptr::null_mut(),
                zName: name,
                pAppData: ptr::null_mut(),
                xOpen: Some(open),
                xDelete: Some(delete),
                xAccess: Some(access),
                xFullPathname: Some(full_pathname),
                xCurrentTimeInt64: None,
                xSetSystemCall: None,
                xGetSystemCall: None,
                xNextSystemCall: None,
                ..*system
            };
            assert_eq!(ffi::sqlite3_vfs_register(Box::into_raw(Box::new(layer)), 0), ffi::SQLITE_OK);
        }
    });
}

fn code(fault: Fault) -> c_int {
    match fault {
        Fault::Going | Fault::Power => ffi::SQLITE_IOERR,
        Fault::Full => ffi::SQLITE_FULL,
    }
}

fn answer(result: Result<(), Fault>) -> c_int {
    result.map_or_else(code, |()| ffi::SQLITE_OK)
}

/// Disk of a path `/disk/file`.
fn disk_of(path: &str) -> &str {
    path.trim_start_matches('/').split('/').next().unwrap_or_default()
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives a zeroed handle of szOsFile bytes and a name that ends with zero, or none for a scratch file.
    unsafe {
        (*file).pMethods = ptr::null();
        if name.is_null() {
            return ffi::SQLITE_CANTOPEN;
        }
        let path = CStr::from_ptr(name).to_str().unwrap();
        let mut disks = disks();
        let Some(disk) = disks.get_mut(disk_of(path)) else { return ffi::SQLITE_CANTOPEN };
        if let Err(fault) = disk.powered() {
            return code(fault);
        }
        let known = disk.files.get(path).filter(|image| !image.lock().unwrap().removed).cloned();
        let image = match known {
            Some(image) => image,
            None if flags & ffi::SQLITE_OPEN_CREATE == 0 => return ffi::SQLITE_CANTOPEN,
            None => {
                let image = Arc::<Mutex<Image>>::default();
                disk.files.insert(path.to_owned(), image.clone());
                image
            }
        };
        let handle = file.cast::<Handle>();
        (*handle).disk = Box::into_raw(Box::new(disk_of(path).to_owned()));
        (*handle).image = Box::into_raw(Box::new(image));
        (*handle).base.pMethods = &METHODS;
        if !out_flags.is_null() {
            *out_flags = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, name: *const c_char, sync_directory: c_int) -> c_int {
    // SAFETY: the name ends with zero.
    let path = unsafe { CStr::from_ptr(name) }.to_str().unwrap();
    let mut disks = disks();
    let Some(disk) = disks.get_mut(disk_of(path)) else { return ffi::SQLITE_IOERR_DELETE_NOENT };
    if let Err(fault) = disk.step() {
        return code(fault);
    }
    let Some(image) = disk.files.get(path) else { return ffi::SQLITE_IOERR_DELETE_NOENT };
    image.lock().unwrap().removed = true;
    if sync_directory != 0 {
        disk.files.remove(path);
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn access(_: *mut ffi::sqlite3_vfs, name: *const c_char, _: c_int, out: *mut c_int) -> c_int {
    // SAFETY: the name ends with zero, `out` is SQLite's.
    unsafe {
        let path = CStr::from_ptr(name).to_str().unwrap();
        let disks = disks();
        let image = disks.get(disk_of(path)).and_then(|disk| disk.files.get(path));
        *out = c_int::from(image.is_some_and(|image| !image.lock().unwrap().removed));
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn full_pathname(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    length: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: `out` has `length` bytes.
    unsafe {
        let bytes = CStr::from_ptr(name).to_bytes_with_nul();
        if bytes.len() > length as usize {
            return ffi::SQLITE_CANTOPEN;
        }
        ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len());
    }
    ffi::SQLITE_OK
}

/// Runs `then` on the disk and the file of a handle.
unsafe fn with<T>(file: *mut ffi::sqlite3_file, then: impl FnOnce(&mut Disk, &Arc<Mutex<Image>>) -> T) -> T {
    // SAFETY: the handle was filled by `open` and not closed yet.
    unsafe {
        let handle = file.cast::<Handle>();
        let (disk, image) = (&*(*handle).disk, &*(*handle).image);
        then(disks().get_mut(disk).unwrap(), image)
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: the handle was filled by `open`; SQLite closes it once.
    unsafe {
        let handle = file.cast::<Handle>();
        drop(Box::from_raw((*handle).disk));
        drop(Box::from_raw((*handle).image));
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    out: *mut c_void,
    length: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: `out` has `length` bytes.
    unsafe {
        with(file, |disk, image| {
            if let Err(fault) = disk.powered() {
                return code(fault);
            }
            let image = image.lock().unwrap();
            let out = std::slice::from_raw_parts_mut(out.cast::<u8>(), length as usize);
            let found = image.current.get(at as usize..).unwrap_or_default();
            let found = &found[..found.len().min(out.len())];
            out[..found.len()].copy_from_slice(found);
            out[found.len()..].fill(0);
            if found.len() < out.len() { ffi::SQLITE_IOERR_SHORT_READ } else { ffi::SQLITE_OK }
        })
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    bytes: *const c_void,
    length: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: `bytes` has `length` bytes.
    unsafe {
        with(file, |disk, image| {
            let bytes = std::slice::from_raw_parts(bytes.cast::<u8>(), length as usize);
            let result = disk.step();
            if matches!(result, Err(Fault::Power)) {
                return code(Fault::Power);
            }
            let used = disk.used();
            let mut image = image.lock().unwrap();
            let grows = (at as usize + bytes.len()).saturating_sub(image.current.len());
            if grows > 0 && disk.capacity.is_some_and(|capacity| used + grows > capacity) {
                return code(Fault::Full);
            }
            image.write(at as usize, bytes);
            answer(result)
        })
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, length: ffi::sqlite3_int64) -> c_int {
    // SAFETY: see `with`.
    unsafe {
        with(file, |disk, image| {
            let result = disk.step();
            if !matches!(result, Err(Fault::Power)) {
                image.lock().unwrap().truncate(length as usize);
            }
            answer(result)
        })
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: see `with`.
    unsafe {
        with(file, |disk, image| {
            // A sync that the power cut hits has promised nothing.
            let result = disk.step();
            if result.is_ok() {
                image.lock().unwrap().sync();
            }
            answer(result)
        })
    }
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, out: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: `out` is SQLite's.
    unsafe { *out = with(file, |_, image| image.lock().unwrap().current.len() as i64) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn lock(_: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(_: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: `out` is SQLite's.
    unsafe { *out = 0 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_control(_: *mut ffi::sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_: *mut ffi::sqlite3_file) -> c_int {
    super::SECTOR as c_int
}

/// As the system's own layer says of its disks.
unsafe extern "C" fn device_characteristics(_: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}
