//! RTCP (RFC 3550 §6): compound packets of SR or RR, SDES and BYE, over `rtcp-types`; and when to send them.

use std::time::Duration;

use arrayvec::ArrayVec;
use rand::Rng;
use rtcp_types::{
    Bye, Compound, CompoundBuilder, Packet, ReceiverReport, ReportBlock, ReportBlockBuilder, RtcpPacketWriter, Sdes,
    SdesChunk, SdesItem, SenderReport,
};

use crate::reception::Report;

/// RFC 3550 §6.2: the mean interval between compounds in a session of two.
pub const MEAN_INTERVAL: Duration = Duration::from_secs(5);
/// RFC 3550 §6.3.1: makes up for reconsideration converging below the mean (e − 3/2).
const COMPENSATION: f64 = 1.218_28;
/// A compound that asks us to look at more packets than this is not honest.
const MAX_PACKETS: usize = 32;
const SDES_CNAME: u8 = 1;

/// What we say as a sender (RFC 3550 §6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SenderFacts {
    /// NTP time of this report.
    pub ntp: u64,
    /// The same moment on the RTP clock.
    pub rtp_timestamp: u32,
    /// Packets sent; wraps.
    pub packets: u32,
    /// Payload bytes sent; wraps.
    pub octets: u32,
}

/// A compound to send.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// Our source.
    pub ssrc: u32,
    /// Our canonical name: random, tells nothing of the user (RFC 7022).
    pub cname: &'a str,
    /// Present when we sent since the last reports: makes it an SR.
    pub sender: Option<SenderFacts>,
    /// About the source we hear, if any.
    pub report: Option<Report>,
    /// We leave.
    pub bye: bool,
}

impl Outgoing<'_> {
    /// The bytes of the compound; empty only if the name does not fit (255 bytes).
    pub fn to_bytes(&self) -> Vec<u8> {
        let chunk = SdesChunk::builder(self.ssrc).add_item(SdesItem::builder(SDES_CNAME, self.cname));
        let mut compound = self.with_reports(Compound::builder()).add_packet(Sdes::builder().add_chunk(chunk));
        if self.bye {
            compound = compound.add_packet(Bye::builder().add_source(self.ssrc));
        }
        let Ok(size) = compound.calculate_size() else { return Vec::new() };
        let mut bytes = vec![0; size];
        compound.write_into_unchecked(&mut bytes);
        bytes
    }

    fn with_reports<'b>(&self, compound: CompoundBuilder<'b>) -> CompoundBuilder<'b> {
        let block = self.report.as_ref().map(report_block);
        match self.sender {
            Some(facts) => {
                let report = SenderReport::builder(self.ssrc)
                    .ntp_timestamp(facts.ntp)
                    .rtp_timestamp(facts.rtp_timestamp)
                    .packet_count(facts.packets)
                    .octet_count(facts.octets);
                compound.add_packet(block.into_iter().fold(report, |report, block| report.add_report_block(block)))
            }
            None => {
                let report = ReceiverReport::builder(self.ssrc);
                compound.add_packet(block.into_iter().fold(report, |report, block| report.add_report_block(block)))
            }
        }
    }
}

fn report_block(report: &Report) -> ReportBlockBuilder {
    ReportBlock::builder(report.ssrc)
        .fraction_lost(report.fraction_lost)
        .cumulative_lost(report.cumulative_lost as u32 & 0xFF_FFFF)
        .extended_sequence_number(report.highest_sequence)
        .interarrival_jitter(report.jitter)
        .last_sender_report_timestamp(report.last_sender_report)
        .delay_since_last_sender_report_timestamp(report.delay_since)
}

/// What a peer's compound told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Incoming {
    /// Who speaks.
    pub ssrc: u32,
    /// The peer's sender report.
    pub sender: Option<SenderFacts>,
    /// Reports about sources the peer hears.
    pub reports: ArrayVec<Report, 31>,
    /// Sources that left; more than eight are not kept.
    pub byes: ArrayVec<u32, 8>,
}

/// Why bytes are no RTCP for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RtcpError {
    /// Lengths or versions that do not hold.
    #[error("not an RTCP compound")]
    Malformed,
    /// RFC 3550 §6.1: a compound begins with SR or RR.
    #[error("does not begin with a report")]
    NoReport,
}

/// Reads a (decrypted) compound. Packets of kinds that we do not use are skipped; a packet that is broken inside ends the
/// reading, and what came before it counts.
///
/// # Errors
/// When the compound's lengths do not hold, or it does not begin with a report.
pub fn parse(compound: &[u8]) -> Result<Incoming, RtcpError> {
    let packets = Compound::parse(compound).map_err(|_| RtcpError::Malformed)?;
    let mut incoming = Incoming::default();
    for (position, packet) in packets.take(MAX_PACKETS).enumerate() {
        match packet {
            Ok(Packet::Sr(report)) => {
                incoming.ssrc = report.ssrc();
                incoming.sender = Some(SenderFacts {
                    ntp: report.ntp_timestamp(),
                    rtp_timestamp: report.rtp_timestamp(),
                    packets: report.packet_count(),
                    octets: report.octet_count(),
                });
                report.report_blocks().for_each(|block| incoming.add(&block));
            }
            Ok(Packet::Rr(report)) => {
                incoming.ssrc = report.ssrc();
                report.report_blocks().for_each(|block| incoming.add(&block));
            }
            Ok(_) | Err(_) if position == 0 => return Err(RtcpError::NoReport),
            Ok(Packet::Bye(bye)) => incoming.say_bye(bye.ssrcs()),
            Ok(_) => {}
            Err(_) => break,
        }
    }
    Ok(incoming)
}

impl Incoming {
    fn say_bye(&mut self, ssrcs: impl Iterator<Item = u32>) {
        self.byes.extend(ssrcs.take(self.byes.remaining_capacity()));
    }

    fn add(&mut self, block: &ReportBlock<'_>) {
        // RFC 3550 §6.4.1: 24 bits, signed.
        let cumulative_lost = ((block.cumulative_lost() << 8) as i32) >> 8;
        let report = Report {
            ssrc: block.ssrc(),
            fraction_lost: block.fraction_lost(),
            cumulative_lost,
            highest_sequence: block.extended_sequence_number(),
            jitter: block.interarrival_jitter(),
            last_sender_report: block.last_sender_report_timestamp(),
            delay_since: block.delay_since_last_sender_report_timestamp(),
        };
        // A compound with more than 31 blocks is legal; what does not fit is not about us: we are one source.
        let _ = self.reports.try_push(report);
    }
}

/// How long to wait for the next compound (RFC 3550 §6.3.1): half the mean for the first, randomised by ±50 %.
pub fn interval(rng: &mut impl Rng, mean: Duration, first: bool) -> Duration {
    let mean = if first { mean / 2 } else { mean };
    mean.mul_f64(rng.random_range(0.5..1.5) / COMPENSATION)
}

/// Seconds between 1900 and 1970.
const NTP_UNIX_OFFSET: u64 = 2_208_988_800;

/// NTP time (32.32 fixed point since 1900) of a time since the Unix epoch.
pub fn ntp_time(since_unix_epoch: Duration) -> u64 {
    let seconds = since_unix_epoch.as_secs().wrapping_add(NTP_UNIX_OFFSET);
    let fraction = (u64::from(since_unix_epoch.subsec_nanos()) << 32) / 1_000_000_000;
    seconds << 32 | fraction
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    fn report() -> Report {
        Report {
            ssrc: 5,
            fraction_lost: 64,
            cumulative_lost: -3,
            highest_sequence: 70_000,
            jitter: 12,
            last_sender_report: 0xAABB_CCDD,
            delay_since: 65_536,
        }
    }

    const FACTS: SenderFacts =
        SenderFacts { ntp: 0x0102_0304_0506_0708, rtp_timestamp: 1600, packets: 10, octets: 1600 };

    #[test]
    fn a_sender_report_with_bye_comes_back_as_it_went() {
        let out = Outgoing { ssrc: 9, cname: "x7Zk", sender: Some(FACTS), report: Some(report()), bye: true };
        let incoming = parse(&out.to_bytes()).unwrap();
        let expected = Incoming {
            ssrc: 9,
            sender: Some(FACTS),
            reports: [report()].into_iter().collect(),
            byes: [9].into_iter().collect(),
        };
        assert_eq!(incoming, expected);
    }

    #[test]
    fn a_receiver_report_is_laid_out_as_the_rfc_draws_it() {
        let bytes = Outgoing { ssrc: 0x0A0B_0C0D, cname: "abcd", sender: None, report: None, bye: false }.to_bytes();
        let expected = [
            0x80, 201, 0, 1, 0x0A, 0x0B, 0x0C, 0x0D, // RR without blocks
            0x81, 202, 0, 4, 0x0A, 0x0B, 0x0C, 0x0D, 1, 4, b'a', b'b', b'c', b'd', 0, 0, 0, 0, 0, 0,
        ];
        // RFC 3550 §6.5: items end with at least one null, padded to the next word.
        assert_eq!(bytes[..8], expected[..8]);
        assert_eq!(bytes[8..10], expected[8..10]);
        assert_eq!(bytes[12..22], expected[12..22]);
        assert_eq!(bytes.len() % 4, 0);
    }

    #[test]
    fn a_compound_begins_with_a_report() {
        let bye_only = [0x81, 203, 0, 1, 0, 0, 0, 9];
        assert_eq!(parse(&bye_only), Err(RtcpError::NoReport));
        assert_eq!(parse(&[0x80, 201, 0, 9, 0, 0, 0, 1]), Err(RtcpError::Malformed));
        assert_eq!(parse(&[]), Err(RtcpError::Malformed));
    }

    #[test]
    fn intervals_are_five_seconds_in_the_mean_and_random() {
        let mut rng = StdRng::seed_from_u64(1);
        let drawn: Vec<f64> = (0..2000).map(|_| interval(&mut rng, MEAN_INTERVAL, false).as_secs_f64()).collect();
        let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
        assert!((mean - 5.0 / COMPENSATION).abs() < 0.1, "{mean}");
        assert!(drawn.iter().all(|s| (2.0..6.2).contains(s)));
        assert!(interval(&mut rng, MEAN_INTERVAL, true) < Duration::from_millis(3100));
    }

    #[test]
    fn ntp_counts_from_1900() {
        assert_eq!(ntp_time(Duration::ZERO) >> 32, 2_208_988_800);
        assert_eq!(ntp_time(Duration::from_millis(500)) as u32, 1 << 31);
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(mut bytes in proptest::collection::vec(any::<u8>(), 0..256), kind in 192u8..224, count in 0u8..32) {
            let _ = parse(&bytes);
            if bytes.len() >= 4 {
                let words = (bytes.len() / 4 - 1) as u16;
                bytes[0] = 0x80 | count;
                bytes[1] = kind;
                bytes[2..4].copy_from_slice(&words.to_be_bytes());
                let _ = parse(&bytes);
            }
        }

        #[test]
        fn reports_round_trip(ssrc: u32, fraction_lost: u8, cumulative_lost in -0x80_0000i32..0x80_0000, highest_sequence: u32, jitter: u32, last_sender_report: u32, delay_since: u32) {
            let report = Report { ssrc, fraction_lost, cumulative_lost, highest_sequence, jitter, last_sender_report, delay_since };
            let bytes = Outgoing { ssrc: 1, cname: "c", sender: None, report: Some(report), bye: false }.to_bytes();
            prop_assert_eq!(&parse(&bytes).unwrap().reports[..], &[report][..]);
        }
    }
}
