//! macOS: `CFBundleURLTypes` offers us; the workspace tells and, after asking the person, sets the default.

use block2::RcBlock;
use objc2::rc::Retained;
use objc2_app_kit::NSWorkspace;
use objc2_foundation::{NSBundle, NSError, NSString, NSURL};

use super::{Change, Handler, LinkError, SCHEMES};

pub fn handler(scheme: &str) -> Result<Handler, LinkError> {
    let link = NSURL::URLWithString(&NSString::from_str(&format!("{scheme}:0")))
        .ok_or_else(|| LinkError::Refused("not a scheme".to_owned()))?;
    let Some(program) = NSWorkspace::sharedWorkspace().URLForApplicationToOpenURL(&link) else {
        return Ok(Handler::Nobody);
    };
    let (theirs, ours) = (path_of(&program), path_of(&own_bundle()));
    Ok(if theirs == ours { Handler::Ours } else { Handler::Other(theirs) })
}

pub fn become_default() -> Result<Change, LinkError> {
    let bundle = own_bundle();
    if !path_of(&bundle).trim_end_matches('/').ends_with(".app") {
        return Err(LinkError::NotInstalled);
    }
    let workspace = NSWorkspace::sharedWorkspace();
    for scheme in SCHEMES {
        // The system asks the person and calls back when they chose; who asks again sees the outcome by `handler`.
        let told = RcBlock::new(move |error: *mut NSError| {
            if !error.is_null() {
                tracing::warn!(scheme, "the system did not make this program the default");
            }
        });
        workspace.setDefaultApplicationAtURL_toOpenURLsWithScheme_completionHandler(
            &bundle,
            &NSString::from_str(scheme),
            Some(&told),
        );
    }
    Ok(Change::AskedPerson)
}

fn own_bundle() -> Retained<NSURL> {
    NSBundle::mainBundle().bundleURL()
}

fn path_of(url: &NSURL) -> String {
    url.path().map(|path| path.to_string()).unwrap_or_default()
}
