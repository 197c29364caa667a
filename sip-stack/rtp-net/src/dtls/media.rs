//! The associations of one session: one where RTP and RTCP share a port, else one each (RFC 5764 §4.1, RFC 5761 §7).

use std::net::SocketAddr;
use std::time::Instant;

use super::{Association, DtlsConfig, Identity, Standing};
use crate::config::{SessionConfig, SrtpConfig};
use crate::session::Port;

pub(crate) struct DtlsMedia<S> {
    rtp: Leg<S>,
    rtcp: Option<Leg<S>>,
}

/// What protects one port, `S` once the handshake is over.
pub(crate) struct Leg<S> {
    association: Association,
    /// Where the peer is: where it said, then where it really is.
    to: SocketAddr,
    secure: Option<S>,
}

impl<S> DtlsMedia<S> {
    /// Keeps what was under the same agreement, wherever the peer moved to (RFC 5763 §6.6, RFC 8842 §5.5).
    pub fn new(
        now: Instant,
        identity: &Identity,
        agreed: &DtlsConfig,
        config: &SessionConfig,
        old: Option<Self>,
    ) -> Self {
        let is_muxed = config.remote == config.remote_rtcp;
        let (rtp, rtcp) = match old.filter(|old| old.rtp.association.config() == agreed) {
            Some(old) => (Some(old.rtp), old.rtcp),
            None => (None, None),
        };
        let leg = |kept: Option<Leg<S>>, to| match kept {
            Some(leg) => Leg { to, ..leg },
            None => Leg { association: Association::new(now, identity, agreed.clone()), to, secure: None },
        };
        Self { rtp: leg(rtp, config.remote), rtcp: (!is_muxed).then(|| leg(rtcp, config.remote_rtcp)) }
    }

    /// What protects RTP, or RTCP.
    pub fn secure(&mut self, of: Port) -> Option<&mut S> {
        self.leg(of).secure.as_mut()
    }

    /// Takes a datagram of the peer; `make` gets the keys once.
    pub fn datagram(
        &mut self,
        now: Instant,
        port: Port,
        from: SocketAddr,
        datagram: &[u8],
        make: impl FnOnce(&SrtpConfig) -> Option<S>,
    ) {
        let leg = self.leg(port);
        if let Some(keys) = leg.association.datagram(now, datagram) {
            leg.secure = make(&keys);
        }
        if leg.association.standing() == Standing::Waiting || leg.secure.is_some() {
            leg.to = from;
        }
        if matches!(leg.association.standing(), Standing::Unproven | Standing::Failed) {
            leg.secure = None;
        }
    }

    /// When [`DtlsMedia::timeout`] is due.
    pub fn deadline(&self) -> Option<Instant> {
        self.legs().filter_map(|leg| leg.association.deadline()).min()
    }

    pub fn timeout(&mut self, now: Instant) {
        self.rtp.association.timeout(now);
        if let Some(rtcp) = &mut self.rtcp {
            rtcp.association.timeout(now);
        }
    }

    /// Tells the peer that this is all.
    pub fn close(&mut self, now: Instant) {
        self.rtp.association.close(now);
        if let Some(rtcp) = &mut self.rtcp {
            rtcp.association.close(now);
        }
    }

    /// The next datagram, from which port, and where to.
    pub fn transmit(&mut self) -> Option<(Port, SocketAddr, bytes::BytesMut)> {
        if let Some(datagram) = self.rtp.association.transmit() {
            return Some((Port::Rtp, self.rtp.to, datagram));
        }
        let rtcp = self.rtcp.as_mut()?;
        rtcp.association.transmit().map(|datagram| (Port::Rtcp, rtcp.to, datagram))
    }

    /// The worst of all.
    pub fn standing(&self) -> Standing {
        let rank = |standing: &Standing| match standing {
            Standing::Unproven => 3,
            Standing::Failed => 2,
            Standing::Waiting => 1,
            Standing::Up(_) | Standing::None => 0,
        };
        self.legs().map(|leg| leg.association.standing()).max_by_key(rank).unwrap_or_default()
    }

    fn legs(&self) -> impl Iterator<Item = &Leg<S>> {
        std::iter::once(&self.rtp).chain(&self.rtcp)
    }

    fn leg(&mut self, port: Port) -> &mut Leg<S> {
        match (port, &mut self.rtcp) {
            (Port::Rtcp, Some(rtcp)) => rtcp,
            _ => &mut self.rtp,
        }
    }
}
