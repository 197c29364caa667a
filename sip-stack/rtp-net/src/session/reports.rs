//! RTCP of a session: what we report, what the peer reports.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rtp::reception::{self, Report};
use rtp::rtcp::{self, Incoming, Outgoing, SenderFacts};

use super::{MediaSession, Port, send_by};
use crate::clock::NtpClock;
use crate::ice::Ice;

impl MediaSession {
    /// When the next compound, a repeated handshake, or a check of ICE is due.
    pub fn deadline(&mut self) -> Option<Instant> {
        let report = self.active.as_ref().map(|active| active.next_report);
        let handshake = self.active.as_ref().and_then(|active| active.dtls.as_ref()?.deadline());
        let ice = self.ice.as_mut().and_then(Ice::deadline);
        [report, handshake, ice].into_iter().flatten().min()
    }

    /// Sends a compound when it is due.
    pub fn report_if_due(&mut self, now: Instant, clock: &NtpClock) {
        if self.active.as_ref().is_some_and(|active| active.next_report <= now) {
            self.send_report(now, clock, false);
            if let Some(active) = self.active.as_mut() {
                active.next_report = now + rtcp::interval(&mut self.rng, self.report_interval, false);
            }
            self.publish();
        }
    }

    /// Says goodbye to a peer that has heard of us (RFC 3550 §6.3.7).
    pub fn say_bye(&mut self, now: Instant, clock: &NtpClock) {
        if self.stats.sent_packets > 0 || self.stats.rtcp_sent > 0 {
            self.send_report(now, clock, true);
        }
    }

    fn send_report(&mut self, now: Instant, clock: &NtpClock, bye: bool) {
        let report = self.reception.as_mut().map(|reception| reception.report(now));
        self.stats.lost_recently = self.reception.as_ref().map_or(0.0, |reception| reception.lost_recently());
        let (packets, octets) = (self.stats.sent_packets as u32, self.stats.sent_bytes as u32);
        let Some(active) = self.active.as_mut() else { return };
        let sent_lately = std::mem::take(&mut active.sent_since_report);
        let rtp_timestamp = self.stream.timestamp_at(now, active.config.clock_hz).filter(|_| sent_lately);
        let sender =
            rtp_timestamp.map(|rtp_timestamp| SenderFacts { ntp: clock.ntp(now), rtp_timestamp, packets, octets });
        let compound = Outgoing { ssrc: self.stream.ssrc, cname: &self.stream.cname, sender, report, bye }.to_bytes();
        let Ok(protected) = active.protect_rtcp(&compound) else { return };
        let bytes = protected.as_deref().unwrap_or(&compound);
        let sent = if active.is_muxed() {
            send_by(now, &self.sockets, &mut self.ice, Port::Rtp, bytes, active.latch.current())
        } else {
            send_by(now, &self.sockets, &mut self.ice, Port::Rtcp, bytes, active.rtcp_to)
        };
        self.stats.rtcp_sent += u64::from(sent);
    }

    pub(super) fn receive_rtcp(&mut self, now: Instant, from: SocketAddr, datagram: &[u8]) -> bool {
        let Some(active) = self.active.as_mut() else { return false };
        let opened;
        let compound = match active.open_rtcp(datagram) {
            None => datagram,
            Some(Ok(plain)) => {
                opened = plain;
                &opened
            }
            Some(Err(_)) => {
                self.stats.rejected_by_srtp += 1;
                return false;
            }
        };
        let proven = self.ice.as_ref().is_some_and(|ice| ice.is_agreed() && ice.knows(from));
        let known = proven || from.ip() == active.latch.current().ip() || from.ip() == active.rtcp_to.ip();
        if !active.is_secure() && !known {
            return false;
        }
        let Ok(incoming) = rtcp::parse(compound) else { return false };
        if !active.is_muxed() {
            active.rtcp_to = from;
        }
        self.stats.rtcp_received += 1;
        self.take_in(now, &incoming);
        true
    }

    fn take_in(&mut self, now: Instant, incoming: &Incoming) {
        if let Some(reception) = self.reception.as_mut().filter(|reception| reception.ssrc() == incoming.ssrc) {
            if let Some(facts) = incoming.sender {
                reception.sender_report(now, facts.ntp);
            }
            self.stats.remote_left |= incoming.byes.contains(&reception.ssrc());
        }
        let ours = self.stream.ssrc;
        if let Some(report) = incoming.reports.iter().find(|report| report.ssrc == ours) {
            self.take_report(now, report);
        }
    }

    fn take_report(&mut self, now: Instant, report: &Report) {
        let clock_hz = self.active.as_ref().map_or(1, |active| active.config.clock_hz.max(1));
        self.stats.remote_lost_recently = Some(f32::from(report.fraction_lost) / 256.0);
        self.stats.remote_jitter = Some(Duration::from_secs_f64(f64::from(report.jitter) / f64::from(clock_hz)));
        if let Some(trip) = reception::round_trip(report, NtpClock::process().ntp(now)) {
            self.stats.round_trip = Some(trip);
        }
    }
}
