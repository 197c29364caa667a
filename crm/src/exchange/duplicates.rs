//! Whether somebody of a file is somebody who is known already.

use crate::contact::{ChannelKind, Contact};
use crate::text::fold;

/// The same name, and a number, e-mail or network name in common. Two of a family share a number and an office shares its
/// trunk: a number alone makes nobody the same.
pub fn is_same_person(one: &Contact, other: &Contact) -> bool {
    let name = |contact: &Contact| fold(&contact.name());
    name(one) == name(other) && keys(one).iter().any(|key| keys(other).contains(key))
}

/// What the channels of a person are compared by.
fn keys(contact: &Contact) -> Vec<String> {
    let key = |channel: &crate::contact::Channel| match (&channel.number, channel.kind) {
        (Some(number), _) => number.match_key().to_owned(),
        (None, ChannelKind::Email | ChannelKind::Social) => fold(&channel.raw),
        (None, ChannelKind::Phone | ChannelKind::Mobile) => channel.raw.clone(),
    };
    contact.channels.iter().map(key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::conformance::person;

    #[test]
    fn a_name_and_a_channel_make_the_same_person() {
        let ana = person(1, "Ana", "Mora", "8555 0117");
        let again = person(2, "ANA", "mora", "+50685550117");
        let sister = person(3, "Eva", "Mora", "8555 0117");
        let namesake = person(4, "Ana", "Mora", "8555 0118");
        assert!(is_same_person(&ana, &again));
        assert!(!is_same_person(&ana, &sister));
        assert!(!is_same_person(&ana, &namesake));
    }
}
