//! Interactive Connectivity Establishment in a description (RFC 8839 §5): credentials, and candidates over UDP.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// More candidates of one description are passed over.
pub const MAX_CANDIDATES: usize = 32;

/// Where an address comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CandidateKind {
    /// Of the machine itself.
    Host,
    /// As a STUN server sees it.
    ServerReflexive,
    /// As the other side sees it.
    PeerReflexive,
    /// At a TURN server.
    Relayed,
}

impl CandidateKind {
    /// As `typ` names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::ServerReflexive => "srflx",
            Self::PeerReflexive => "prflx",
            Self::Relayed => "relay",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        [Self::Host, Self::ServerReflexive, Self::PeerReflexive, Self::Relayed]
            .into_iter()
            .find(|kind| name.eq_ignore_ascii_case(kind.as_str()))
    }
}

/// An address at which a side may be reached, over UDP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The same for candidates that behave alike; 1 to 32 characters.
    pub foundation: String,
    /// 1 for RTP, and for RTCP on the same port; 2 for RTCP.
    pub component: u16,
    /// Higher is tried first.
    pub priority: u32,
    /// The address.
    pub address: SocketAddr,
    /// Where it comes from.
    pub kind: CandidateKind,
    /// What it was derived from; a side may hide it behind zeros.
    pub related: Option<SocketAddr>,
}

impl Candidate {
    /// Reads the value of `a=candidate`; `None` for other transports than UDP, names in the place of addresses, and noise.
    pub fn parse(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let foundation = words.next().filter(|word| word.len() <= 32 && word.chars().all(is_ice_char))?.to_owned();
        let component = words.next()?.parse().ok().filter(|component| (1..=256).contains(component))?;
        words.next().filter(|transport| transport.eq_ignore_ascii_case("udp"))?;
        let priority = words.next()?.parse().ok()?;
        let address = SocketAddr::new(words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        words.next().filter(|word| word.eq_ignore_ascii_case("typ"))?;
        let kind = CandidateKind::parse(words.next()?)?;
        let (mut related_ip, mut related_port): (Option<IpAddr>, Option<u16>) = (None, None);
        while let (Some(name), Some(value)) = (words.next(), words.next()) {
            match name {
                "raddr" => related_ip = value.parse().ok(),
                "rport" => related_port = value.parse().ok(),
                _ => {}
            }
        }
        let related = related_ip.zip(related_port).map(|(ip, port)| SocketAddr::new(ip, port));
        Some(Self { foundation, component, priority, address, kind, related })
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { foundation, component, priority, address, kind, related } = self;
        let (ip, port, kind) = (address.ip(), address.port(), kind.as_str());
        write!(f, "{foundation} {component} UDP {priority} {ip} {port} typ {kind}")?;
        match related {
            Some(related) => write!(f, " raddr {} rport {}", related.ip(), related.port()),
            None => Ok(()),
        }
    }
}

/// What one side says of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct IceDescription {
    /// User fragment: 4 to 256 characters.
    pub ufrag: String,
    /// Password: 22 to 256 characters.
    pub pwd: String,
    /// The side only answers checks (RFC 8445 §2.5).
    pub lite: bool,
    /// Its candidates, of all components.
    pub candidates: Vec<Candidate>,
}

impl IceDescription {
    /// `None` if the credentials are none.
    pub(super) fn new(ufrag: &str, pwd: &str, lite: bool, candidates: Vec<Candidate>) -> Option<Self> {
        let fits = |word: &str, least: usize| (least..=256).contains(&word.len()) && word.chars().all(is_ice_char);
        (fits(ufrag, 4) && fits(pwd, 22)).then(|| Self { ufrag: ufrag.into(), pwd: pwd.into(), lite, candidates })
    }
}

impl fmt::Debug for IceDescription {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ice({}, {} candidates, lite {})", self.ufrag, self.candidates.len(), self.lite)
    }
}

/// RFC 8839 §5.1.
fn is_ice_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn socket() -> impl Strategy<Value = SocketAddr> {
        prop_oneof![
            (any::<[u8; 4]>(), any::<u16>()).prop_map(|(ip, port)| (ip, port).into()),
            (any::<[u8; 16]>(), any::<u16>()).prop_map(|(ip, port)| (ip, port).into()),
        ]
    }

    fn kind() -> impl Strategy<Value = CandidateKind> {
        use CandidateKind::{Host, PeerReflexive, Relayed, ServerReflexive};
        prop::sample::select(vec![Host, ServerReflexive, PeerReflexive, Relayed])
    }

    prop_compose! {
        fn candidate()(
            foundation in "[A-Za-z0-9+/]{1,32}",
            component in 1..=256u16,
            priority: u32,
            address in socket(),
            kind in kind(),
            related in prop::option::of(socket()),
        ) -> Candidate {
            Candidate { foundation, component, priority, address, kind, related }
        }
    }

    proptest! {
        #[test]
        fn a_candidate_reads_back(candidate in candidate()) {
            prop_assert_eq!(Candidate::parse(&candidate.to_string()), Some(candidate));
        }

        #[test]
        fn a_damaged_candidate_does_no_harm(candidate in candidate(), at: usize, noise in ".{0,20}") {
            let printed = candidate.to_string();
            let at = at % printed.len();
            let _ = Candidate::parse(&printed[..at]);
            let damaged = format!("{}{noise}{}", &printed[..at], &printed[at..]);
            // What is read in spite of it prints as what it is.
            if let Some(read) = Candidate::parse(&damaged) {
                prop_assert_eq!(Candidate::parse(&read.to_string()), Some(read));
            }
        }
    }

    #[test]
    fn rfc8839_5_1_candidates_are_read_and_printed() {
        for line in [
            "1 1 UDP 2130706431 203.0.113.141 8998 typ host",
            "2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport 8998",
            "1 2 UDP 2130706431 2001:db8:8101:3a55:4858:a2a9:22ff:99b9 54400 typ host",
            "Hc0a80101/ 1 UDP 16777215 198.51.100.9 49152 typ relay raddr 0.0.0.0 rport 0",
        ] {
            assert_eq!(Candidate::parse(line).unwrap().to_string(), line);
        }
        let extended =
            "3 1 udp 1677729535 192.0.2.3 45664 typ srflx raddr 10.0.0.1 rport 8998 generation 0 network-id 1";
        assert_eq!(Candidate::parse(extended).unwrap().related.unwrap().port(), 8998);
    }

    #[test]
    fn what_is_no_candidate_of_ours_is_passed_over() {
        for line in [
            "",
            "1 1 TCP 2105458943 10.0.1.1 9 typ host tcptype active",
            "1 1 UDP 2130706431 0b7c4b8e-7d3f.local 54400 typ host",
            "1 1 UDP 2130706431 10.0.1.1 70000 typ host",
            "1 0 UDP 2130706431 10.0.1.1 7000 typ host",
            "1 1 UDP 2130706431 10.0.1.1 7000 typ teleport",
            "1 1 UDP 4294967296 10.0.1.1 7000 typ host",
        ] {
            assert_eq!(Candidate::parse(line), None, "{line}");
        }
    }

    #[test]
    fn credentials_have_their_length_and_the_password_stays_hidden() {
        let ice = IceDescription::new("8hhY", "asd88fgpdd777uzjYhagZg", false, Vec::new()).unwrap();
        assert!(!format!("{ice:?}").contains("asd88"));
        assert_eq!(IceDescription::new("8hh", "asd88fgpdd777uzjYhagZg", false, Vec::new()), None);
        assert_eq!(IceDescription::new("8hhY", "short", false, Vec::new()), None);
        assert_eq!(IceDescription::new("8hh Y", "asd88fgpdd777uzjYhagZg", false, Vec::new()), None);
    }
}
