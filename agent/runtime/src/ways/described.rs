//! Files that describe CRMs: those of the program and those of a company.

use agent_api::connection::ConnectFault;
use agent_api::connection_setup::{
    DescriptionFile, DescriptionFlaw, DescriptionSetting, DescriptionSignIn, DescriptionView, ShippedDescription,
};
use crm_connect::rest::{Description, Options, RestError, SHIPPED, SignInKind};

/// Those that come with the program.
pub(super) fn shipped() -> Vec<ShippedDescription> {
    let one = |(name, text): &(&str, &str)| {
        // Its own tests read each of them.
        let description = Description::read(text).ok()?;
        Some(ShippedDescription { file: (*name).to_owned(), description: view(&description) })
    };
    SHIPPED.iter().filter_map(one).collect()
}

/// A file, read. What is wrong in it has the file's own words.
pub(super) fn read(file: &DescriptionFile) -> Result<Description, DescriptionFlaw> {
    let text = match file {
        DescriptionFile::Own { text } => text.as_str(),
        DescriptionFile::Shipped { name } => {
            let known = SHIPPED.iter().find(|(known, _)| known == name).map(|(_, text)| *text);
            known.ok_or_else(|| flaw(1, "file", "no file of this name comes with the program"))?
        }
    };
    Description::read(text).map_err(|error| flaw(error.line, &error.key, &error.what))
}

fn flaw(line: usize, key: &str, what: &str) -> DescriptionFlaw {
    DescriptionFlaw { line: u32::try_from(line).unwrap_or(u32::MAX), key: key.to_owned(), what: what.to_owned() }
}

/// What a description asks for.
pub(super) fn view(description: &Description) -> DescriptionView {
    let settings = description.settings.iter();
    let authority = match &description.sign_in {
        SignInKind::Browser(authority) | SignInKind::Program(authority) => authority.host.clone(),
        _ => None,
    };
    DescriptionView {
        name: description.name.clone(),
        verified: description.verified,
        server: description.address(&Options::default()).ok().map(String::from),
        authority,
        settings: settings.map(|one| DescriptionSetting { name: one.name.clone(), label: one.label.clone() }).collect(),
        sign_in: match &description.sign_in {
            SignInKind::Key { .. } | SignInKind::Bearer { .. } => DescriptionSignIn::Key,
            SignInKind::Basic => DescriptionSignIn::Password,
            SignInKind::Browser(authority) => DescriptionSignIn::Browser { secret: authority.secret },
            SignInKind::Program(authority) => DescriptionSignIn::Program { secret: authority.secret },
        },
    }
}

/// Why a description makes no connection.
pub(super) fn fault(error: RestError) -> ConnectFault {
    match error {
        RestError::Address | RestError::Setting(_) => ConnectFault::NotOffered,
        RestError::Credentials => ConnectFault::Secret,
        RestError::System => ConnectFault::System,
    }
}
