//! What is heard next: a packet, what FEC or a bridge makes of a hole, noise of a pause, or what is made up.

use super::{CodecKind, JitterBuffer, LONGEST_BRIDGE_US, MAX_PACKET_SAMPLES, Phase, SPURT_GAP_MS, STAY_US};

impl JitterBuffer {
    /// Puts the next piece of sound at the end of `pcm`.
    pub(super) fn extend(&mut self) {
        loop {
            let Some(first) = self.packets.front() else { return self.extend_without_packet() };
            let gap = first.start - self.next;
            if first.end() <= self.next {
                self.pass_over();
            } else if gap <= 0 && self.surplus() > 0 {
                // It came too late, and waiting for it has made the delay long enough.
                self.next += self.surplus();
                self.beyond = 0;
            } else if gap <= 0 {
                return self.extend_with_packet((-gap) as usize);
            } else if self.beyond > 0 {
                // What was made up stands for what is missing.
                self.next += self.beyond.min(gap);
                self.beyond = 0;
            } else {
                return self.extend_over_hole(gap as usize);
            }
        }
    }

    /// Samples of what was made up that stand for what came too late: so many that the depth is the target again.
    fn surplus(&self) -> i64 {
        if self.beyond == 0 {
            return 0;
        }
        let heard_at_us = self.now_us + self.media_us(self.pcm.len() as i64);
        let excess_us = self.depth_us(heard_at_us, self.next) - self.target_us();
        if excess_us <= STAY_US { 0 } else { (excess_us * self.rate_hz / 1_000_000).min(self.beyond) }
    }

    /// Takes a packet whose sound is due already; decoders that remember want it nevertheless.
    fn pass_over(&mut self) {
        let Some(packet) = self.packets.pop_front() else { return };
        self.counts.late += 1;
        let mut sound = [0.0; MAX_PACKET_SAMPLES];
        let _ = self.decoder.decode(&packet.payload, &mut sound[..packet.samples]);
    }

    fn extend_with_packet(&mut self, skip: usize) {
        let Some(packet) = self.packets.pop_front() else { return };
        let mut sound = [0.0; MAX_PACKET_SAMPLES];
        let sound = &mut sound[..packet.samples];
        if self.decoder.decode(&packet.payload, sound).is_err() {
            self.counts.refused += 1;
            self.decoder.conceal(sound);
            self.concealed += sound.len() as u64;
        }
        // RFC 7587 §3.1.3: a payload of at most two bytes says that the encoder rests.
        self.resting_sender = self.codec() == CodecKind::Opus && packet.payload.len() <= 2;
        self.speaks_at(packet.start);
        self.pcm.extend_from_slice(&sound[skip..]);
        self.next = packet.end();
        self.beyond = 0;
        self.frame_us = self.media_us(packet.samples as i64);
        self.count_loss(0.0);
    }

    /// Two of the last five hundred packets are worth the wait, until a thousand came without a loss.
    fn count_loss(&mut self, lost: f32) {
        self.loss += (lost - self.loss) * 0.002;
        self.loses = self.decoder.looks_ahead() && self.loss > if self.loses { 0.0005 } else { 0.003 };
    }

    /// Sound for a hole of which both sides are known.
    fn bridge(&mut self, gap: usize) {
        let Some(after) = self.packets.pop_front() else { return };
        let (mut hole, mut sound) = ([0.0; MAX_PACKET_SAMPLES], [0.0; MAX_PACKET_SAMPLES]);
        let (hole, sound) = (&mut hole[..gap], &mut sound[..after.samples]);
        self.speaks_at(after.start);
        if self.decoder.bridge(hole, &after.payload, sound).is_err() {
            self.counts.refused += 1;
            self.decoder.conceal(hole);
            self.decoder.conceal(sound);
        }
        self.concealed += gap as u64;
        self.pcm.extend_from_slice(hole);
        self.pcm.extend_from_slice(sound);
        self.next = after.end();
        (0..gap.div_ceil(after.samples)).for_each(|_| self.count_loss(1.0));
        self.count_loss(0.0);
    }

    /// A packet that begins here ends a rest that began before it.
    fn speaks_at(&mut self, start: i64) {
        if start >= self.rests_from {
            self.comfort.end();
        }
    }

    fn extend_over_hole(&mut self, gap: usize) {
        let mut pause = [0.0; MAX_PACKET_SAMPLES];
        let pause = &mut pause[..gap.min(self.rate_hz as usize / 100)];
        if self.next >= self.rests_from && self.comfort.fill(pause) {
            self.pcm.extend_from_slice(pause);
            self.next += pause.len() as i64;
            return;
        }
        if self.decoder.can_bridge() && self.media_us(gap as i64) <= LONGEST_BRIDGE_US {
            return self.bridge(gap);
        }
        let Some(after) = self.packets.front() else { return };
        let restorable = self.decoder.can_restore(&after.payload);
        let mut sound = [0.0; MAX_PACKET_SAMPLES];
        let filled = if restorable && gap <= after.samples {
            let sound = &mut sound[..gap];
            match self.decoder.restore(&after.payload, sound) {
                Ok(()) => self.restored += gap as u64,
                Err(_) => {
                    self.decoder.conceal(sound);
                    self.concealed += gap as u64;
                }
            }
            gap
        } else {
            let made_up = if restorable { gap - after.samples } else { gap };
            let piece = made_up.min(self.rate_hz as usize / 100);
            self.decoder.conceal(&mut sound[..piece]);
            self.concealed += piece as u64;
            piece
        };
        self.pcm.extend_from_slice(&sound[..filled]);
        self.next += filled as i64;
        self.count_loss(1.0);
    }

    fn extend_without_packet(&mut self) {
        let piece = self.rate_hz as usize / 100;
        let mut sound = [0.0; MAX_PACKET_SAMPLES];
        let comforts = self.comfort.fill(&mut sound[..piece]);
        if !comforts {
            self.decoder.conceal(&mut sound[..piece]);
        }
        self.pcm.extend_from_slice(&sound[..piece]);
        self.beyond += piece as i64;
        if !comforts && !self.resting_sender {
            self.concealed += piece as u64;
        }
        if self.beyond > self.rate_hz * SPURT_GAP_MS / 1000 {
            self.beyond = 0;
            self.phase = Phase::Filling;
        }
    }
}
