//! Files that describe CRMs: listed, read, and what they ask for filled in.

use std::collections::BTreeMap;

use agent_api::connection::SaveConnection;
use agent_api::connection_setup::{
    ConnectionSetup, DescriptionFile, DescriptionFlaw, DescriptionRead, DescriptionSetting, DescriptionSignIn,
    DescriptionView, Descriptions,
};
use agent_api::error::{ApiError, ErrorCode};

use crate::agent::Agent;
use crate::view::clean;

impl Agent {
    pub(crate) fn do_list_descriptions(&self) -> Descriptions {
        Descriptions { list: self.inner.connections.connect.descriptions() }
    }

    pub(crate) fn do_read_description(&self, text: String) -> DescriptionRead {
        match self.inner.connections.connect.read_description(&DescriptionFile::Own { text }) {
            Ok(description) => DescriptionRead::Good { description: cleaned(description) },
            Err(DescriptionFlaw { line, key, what }) => {
                DescriptionRead::Wrong { flaw: DescriptionFlaw { line, key: clean(&key), what: clean(&what) } }
            }
        }
    }

    /// The form with what its description asks for, and nothing else; it is called as the description is, unless it has a name.
    ///
    /// # Errors
    /// The file is no description (`file`), or something that it asks for is missing.
    pub(crate) fn filled(&self, request: SaveConnection) -> Result<SaveConnection, ApiError> {
        let ConnectionSetup::Rest { file, .. } = &request.setup else { return Ok(request) };
        let told = self.inner.connections.connect.read_description(file);
        let told = told.map(cleaned).map_err(|_| ApiError::about(ErrorCode::Invalid, "file"))?;
        let name = if request.name.trim().is_empty() { told.name.clone() } else { request.name.clone() };
        Ok(SaveConnection { name, setup: only_asked(request.setup, &told)?, ..request })
    }
}

/// The file's texts made fit to show: anybody may have written it.
fn cleaned(told: DescriptionView) -> DescriptionView {
    let label = |one: DescriptionSetting| DescriptionSetting { label: clean(&one.label), ..one };
    let name = crm::text::clean_label(&told.name).unwrap_or_default();
    DescriptionView { name, settings: told.settings.into_iter().map(label).collect(), ..told }
}

fn only_asked(setup: ConnectionSetup, told: &DescriptionView) -> Result<ConnectionSetup, ApiError> {
    let ConnectionSetup::Rest { file, address, mut settings, user, client_id } = setup else { return Ok(setup) };
    let needed = |asked: bool, field: &str, text: Option<String>| match text.filter(|text| !text.trim().is_empty()) {
        _ if !asked => Ok(None),
        None => Err(ApiError::about(ErrorCode::Required, field)),
        text => Ok(text),
    };
    let address = needed(told.server.is_none(), "address", address)?;
    let mut asked = BTreeMap::new();
    for setting in &told.settings {
        let text = needed(true, &format!("setting.{}", setting.name), settings.remove(&setting.name))?;
        asked.extend(text.map(|text| (setting.name.clone(), text)));
    }
    let password = told.sign_in == DescriptionSignIn::Password;
    let client = matches!(told.sign_in, DescriptionSignIn::Browser { .. } | DescriptionSignIn::Program { .. });
    let (user, client_id) = (needed(password, "user", user)?, needed(client, "client_id", client_id)?);
    Ok(ConnectionSetup::Rest { file, address, settings: asked, user, client_id })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_file_asks_for_is_there_and_nothing_else() {
        let told = DescriptionView {
            name: "Odoo".to_owned(),
            verified: false,
            server: None,
            authority: None,
            settings: vec![DescriptionSetting { name: "database".to_owned(), label: "Base de datos".to_owned() }],
            sign_in: DescriptionSignIn::Password,
        };
        let text = |text: &str| Some(text.to_owned());
        let setup = |address, database: &str, user| ConnectionSetup::Rest {
            file: DescriptionFile::Shipped { name: "odoo".to_owned() },
            address,
            settings: [("database", database), ("other", "x")].map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
            user,
            client_id: text("left over from another file"),
        };
        for (address, database, user, missing) in [
            (None, "ventas", text("ana"), "address"),
            (text("https://crm.example"), " ", text("ana"), "setting.database"),
            (text("https://crm.example"), "ventas", None, "user"),
        ] {
            let told = only_asked(setup(address, database, user), &told);
            assert_eq!(told, Err(ApiError::about(ErrorCode::Required, missing)));
        }
        let good = || setup(text("https://crm.example"), "ventas", text("ana"));
        let ConnectionSetup::Rest { settings, client_id, address, .. } = only_asked(good(), &told).unwrap() else {
            panic!("it stays what it is");
        };
        assert_eq!((settings.len(), client_id, address), (1, None, text("https://crm.example")));
        let fixed = DescriptionView { server: text("https://vendor.example/"), ..told };
        let ConnectionSetup::Rest { address, .. } = only_asked(good(), &fixed).unwrap() else { panic!("it stays") };
        assert_eq!(address, None, "the secret goes where the file says");
    }
}
