//! The verifier, its challenge and the state of one sign-in.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::secret::Secret;

/// What only this sign-in knows.
#[derive(Debug)]
pub(crate) struct Pkce {
    verifier: Secret,
    state: Secret,
}

impl Pkce {
    /// New random ones; none if the system has no random numbers.
    pub fn new() -> Option<Self> {
        Some(Self { verifier: random()?, state: random()? })
    }

    /// What proves that the one who asks for tokens is the one who opened the browser.
    pub fn verifier(&self) -> &Secret {
        &self.verifier
    }

    /// What the answer must bring back.
    pub fn state(&self) -> &str {
        self.state.reveal()
    }

    /// RFC 7636 §4.2: BASE64URL(SHA-256(verifier)).
    pub fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.reveal()))
    }
}

/// 256 random bits in 43 characters, which RFC 7636 §4.1 asks for.
fn random() -> Option<Secret> {
    let mut bytes = zeroize::Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut()).ok()?;
    Some(Secret::new(URL_SAFE_NO_PAD.encode(bytes.as_ref())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_specification() {
        // RFC 7636, appendix B.
        let pkce =
            Pkce { verifier: Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), state: Secret::new("x") };
        assert_eq!(pkce.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn each_sign_in_has_its_own() {
        let (one, two) = (Pkce::new().unwrap(), Pkce::new().unwrap());
        assert_ne!(one.verifier().reveal(), two.verifier().reveal());
        assert_ne!(one.state(), one.verifier().reveal());
        assert_eq!(one.state().len(), 43);
        assert!(!format!("{one:?}").contains(one.state()));
    }
}
