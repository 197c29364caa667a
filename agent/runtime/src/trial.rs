//! A file that describes a CRM, tried against the CRM itself.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use agent::port::clock::{Ids, RandomIds};
use crm::connector::Connector;
use crm::id::OutboxId;
use crm::phone::PhoneNumber;
use crm_connect::Secret;
use crm_connect::oauth::{Pages, Session, SignIn, SignInError, Vault, VaultError};
use crm_connect::rest::{Credentials, Description, DescriptionError, Options, Rest, RestError, SignInKind};
use crm_connect::trial::{Wish, every_operation};
use url::Url;

pub use crm::connector::Fault;
pub use crm_connect::trial::{Step, Tried};

/// How long the person has to sign in in the browser.
const BROWSER_LIMIT: Duration = Duration::from_secs(300);
/// How often somebody who was just made is looked for.
const LOOKS: u32 = 5;

/// What to try, and as whom.
#[derive(Debug, Default)]
pub struct FileTrial {
    /// The file's text.
    pub file: String,
    /// Where the CRM is, unless the file says it.
    pub address: Option<String>,
    /// What a person fills in.
    pub settings: BTreeMap<String, String>,
    /// User, for files that want one.
    pub user: Option<String>,
    /// Key or password.
    pub key: Option<String>,
    /// The client's name at the CRM, and its secret.
    pub client: Option<(String, Option<String>)>,
    /// Ports of the redirect.
    pub ports: Vec<u16>,
    /// ISO 3166 region in which numbers without country code are meant.
    pub country: String,
    /// A number that nobody there has.
    pub number: String,
    /// Makes nothing there.
    pub only_reads: bool,
}

/// What happens meanwhile.
#[derive(Clone, Debug)]
pub enum Told {
    /// The file is one.
    Read {
        /// The CRM's name.
        name: String,
        /// It was tried on a live account.
        verified: bool,
        /// Where the secret goes.
        server: String,
    },
    /// The person opens this and signs in.
    Open(String),
    /// An operation was tried.
    Step(Step),
}

/// Why nothing was tried.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// The file has a mistake.
    #[error(transparent)]
    File(#[from] DescriptionError),
    /// Something that the file asks for is missing or unsafe.
    #[error(transparent)]
    Connection(#[from] RestError),
    /// No key, password, user or client was given, which the file asks for.
    #[error("the file asks for {0}")]
    Missing(&'static str),
    /// The number is no full one.
    #[error("--number: a full number is meant")]
    Number,
    /// Nobody signed in.
    #[error("signing in: {0}")]
    SignIn(#[from] SignInError),
}

/// Refresh tokens of a trial live as long as it does.
#[derive(Default)]
struct Shelf(Mutex<Option<Secret>>);

impl Vault for Shelf {
    fn read(&self) -> Result<Option<Secret>, VaultError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn keep(&self, token: &Secret) -> Result<(), VaultError> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        Ok(())
    }
}

/// Tries every operation of the file; true if all that it has work.
///
/// # Errors
/// Nothing could be tried.
pub async fn try_file(trial: FileTrial, tell: &mut (dyn FnMut(Told) + Send)) -> Result<bool, TrialError> {
    // Whoever was first has chosen the cryptography.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let description = Description::read(&trial.file)?;
    let address = trial.address.as_deref().map(Url::parse).transpose().map_err(|_| RestError::Address)?;
    let options = Options { address, settings: trial.settings.clone(), country: trial.country.clone() };
    let (name, verified) = (description.name.clone(), description.verified);
    tell(Told::Read { name, verified, server: description.address(&options)?.to_string() });
    let credentials = credentials(&description, &options, &trial, tell).await?;
    let number = PhoneNumber::parse(&trial.number, &trial.country).ok().filter(|number| number.e164().is_some());
    let crm: Box<dyn Connector> = Box::new(Rest::new(description, &options, credentials)?);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let started_at_ms = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
    let call = RandomIds.next(started_at_ms);
    let wish = Wish {
        // Random figures: nobody there has this name.
        name: format!("Prueba{}", &call.simple().to_string()[24..]),
        number: number.ok_or(TrialError::Number)?,
        call: OutboxId(call),
        started_at_ms,
        only_reads: trial.only_reads,
        looks: LOOKS,
    };
    Ok(every_operation(&*crm, &wish, &mut |step| tell(Told::Step(step))).await)
}

async fn credentials(
    description: &Description,
    options: &Options,
    trial: &FileTrial,
    tell: &mut (dyn FnMut(Told) + Send),
) -> Result<Credentials, TrialError> {
    let key = || trial.key.clone().map(Secret::new).ok_or(TrialError::Missing("a key: --key-env"));
    let provider = |secret_wanted: bool| {
        let (id, secret) = trial.client.clone().ok_or(TrialError::Missing("a client: --client-id"))?;
        if secret_wanted && secret.is_none() {
            return Err(TrialError::Missing("a client secret: --client-secret-env"));
        }
        Ok(description.provider(options, &id, secret.map(Secret::new), &trial.ports)?)
    };
    Ok(match &description.sign_in {
        SignInKind::Key { .. } | SignInKind::Bearer { .. } => Credentials::Key(key()?),
        SignInKind::Basic => {
            let user = trial.user.clone().ok_or(TrialError::Missing("a user: --user"))?;
            Credentials::Password { user, password: key()? }
        }
        SignInKind::Program(authority) => Credentials::Session(Session::of_client(provider(authority.secret)?)?),
        SignInKind::Browser(authority) => {
            let provider = provider(authority.secret)?;
            let sign_in = SignIn::begin(provider.clone()).await?;
            tell(Told::Open(sign_in.url().into()));
            let pages = Pages { done: "OK".to_owned(), refused: "?".to_owned() };
            let signed = sign_in.finish(pages, BROWSER_LIMIT).await?;
            let session = Session::begin(provider, Arc::new(Shelf::default()), signed.tokens).await;
            Credentials::Session(session.map_err(|_| SignInError::System)?)
        }
    })
}
