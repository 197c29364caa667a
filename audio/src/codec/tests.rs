use super::*;

const KINDS: [CodecKind; 4] = [CodecKind::Opus, CodecKind::G722, CodecKind::Pcma, CodecKind::Pcmu];

/// A second of a voice-like sound with a moving pitch.
fn voice(rate_hz: u32) -> Vec<f32> {
    let mut phase = 0.0_f32;
    (0..rate_hz)
        .map(|n| {
            let t = n as f32 / rate_hz as f32;
            phase += std::f32::consts::TAU * (130.0 + 40.0 * (t * 6.0).sin()) / rate_hz as f32;
            (1..8).map(|h| 0.12 / h as f32 * (phase * h as f32).sin()).sum::<f32>()
        })
        .collect()
}

fn packets(kind: CodecKind, settings: &OpusSettings, pcm: &[f32]) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(kind, settings).unwrap();
    let mut out = [0; 1500];
    pcm.chunks_exact(kind.sample_rate_hz() as usize / 50)
        .map(|frame| {
            let bytes = encoder.encode(frame, &mut out).unwrap();
            out[..bytes].to_vec()
        })
        .collect()
}

/// Signal to noise, dB, at the best delay up to 10 ms.
fn snr_db(wanted: &[f32], got: &[f32], rate_hz: u32) -> f32 {
    let skip = rate_hz as usize / 10;
    (0..rate_hz as usize / 100)
        .map(|delay| {
            let pairs = || wanted[skip..].iter().zip(&got[skip + delay..]);
            let signal: f32 = pairs().map(|(a, _)| a * a).sum();
            let noise: f32 = pairs().map(|(a, b)| (a - b).powi(2)).sum();
            10.0 * (signal / noise.max(1e-12)).log10()
        })
        .fold(f32::MIN, f32::max)
}

#[test]
fn rates_and_clocks_are_those_of_the_rfcs() {
    assert_eq!(KINDS.map(CodecKind::sample_rate_hz), [48_000, 16_000, 8_000, 8_000]);
    assert_eq!(KINDS.map(CodecKind::rtp_clock_hz), [48_000, 8_000, 8_000, 8_000]);
    assert_eq!(
        [0, 8, 9, 96].map(CodecKind::of_static_payload_type),
        [Some(CodecKind::Pcmu), Some(CodecKind::Pcma), Some(CodecKind::G722), None]
    );
}

#[test]
fn a_voice_survives_each_codec() {
    // Opus turns phases (its high-pass filter), so its waveform agrees less than it sounds; PESQ judges it elsewhere.
    for (kind, least_db) in KINDS.into_iter().zip([3.0, 15.0, 30.0, 30.0]) {
        let rate_hz = kind.sample_rate_hz();
        let pcm = voice(rate_hz);
        let mut decoder = Decoder::new(kind).unwrap();
        let mut got = Vec::new();
        let mut frame = [0.0; MAX_PACKET_SAMPLES];
        let settings = OpusSettings { bitrate_bps: 128_000, complexity: 10, ..OpusSettings::default() };
        for packet in packets(kind, &settings, &pcm) {
            assert_eq!(decoder.samples(&packet), Some(rate_hz as usize / 50));
            let samples = decoder.decode(&packet, &mut frame).unwrap();
            got.extend_from_slice(&frame[..samples]);
        }
        assert_eq!(got.len(), pcm.len());
        let snr = snr_db(&pcm, &got, rate_hz);
        assert!(snr > least_db, "{kind:?}: {snr} dB");
    }
}

#[test]
fn payload_sizes_of_twenty_ms() {
    for (kind, bytes) in [(CodecKind::G722, 160), (CodecKind::Pcma, 160), (CodecKind::Pcmu, 160)] {
        let packets = packets(kind, &OpusSettings::default(), &voice(kind.sample_rate_hz()));
        assert!(packets.iter().all(|p| p.len() == bytes));
    }
    let settings = OpusSettings { bitrate_bps: 32_000, ..OpusSettings::default() };
    let opus = packets(CodecKind::Opus, &settings, &voice(48_000));
    let bps = opus.iter().map(Vec::len).sum::<usize>() * 8;
    assert!((24_000..40_000).contains(&bps), "{bps} bit/s");
}

#[test]
fn fec_restores_a_lost_opus_frame_better_than_making_it_up() {
    let pcm = voice(48_000);
    let settings = OpusSettings { packet_loss_pct: 20, ..OpusSettings::default() };
    let packets = packets(CodecKind::Opus, &settings, &pcm);
    let restorable = |n: usize| Decoder::new(CodecKind::Opus).unwrap().can_restore(&packets[n]);
    let count = (1..50).filter(|n| restorable(*n)).count();
    // libopus copies what it takes for active speech only.
    assert!(count >= 15, "{count} of 49");
    let run = |fec: bool, lose: bool| {
        let mut decoder = Decoder::new(CodecKind::Opus).unwrap();
        let mut got = Vec::new();
        let mut frame = [0.0; 960];
        for (n, packet) in packets.iter().enumerate() {
            if lose && n % 10 == 7 {
                let next = &packets[n + 1];
                if fec && decoder.can_restore(next) {
                    decoder.restore(next, &mut frame).unwrap();
                } else {
                    decoder.conceal(&mut frame);
                }
            } else {
                decoder.decode(packet, &mut frame).unwrap();
            }
            got.extend_from_slice(&frame);
        }
        got
    };
    let whole = run(false, false);
    let error = |got: Vec<f32>| whole.iter().zip(&got).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
    let (restored, made_up) = (error(run(true, true)), error(run(false, true)));
    assert!(restored < made_up * 0.7, "{restored} {made_up}");
}

#[test]
fn a_line_that_loses_gets_more_bits_but_never_more_than_the_other_side_takes() {
    let bytes = |settings: OpusSettings| {
        let mut encoder = Encoder::new(CodecKind::Opus, &OpusSettings::default()).unwrap();
        encoder.adapt(&settings).unwrap();
        let mut room = [0; 1500];
        let frames = voice(48_000);
        frames.chunks_exact(960).skip(10).map(|frame| encoder.encode(frame, &mut room).unwrap()).sum::<usize>()
    };
    let usual = OpusSettings::default();
    let limited = OpusSettings { most_bps: 24_000, ..usual };
    assert!(bytes(usual.against_loss()) * 10 > bytes(usual) * 11);
    assert!(bytes(limited.against_loss()) * 10 < bytes(usual) * 7);
    let alone = OpusSettings { fec: false, ..usual };
    assert_eq!(alone.against_loss(), alone);
}

#[test]
fn broken_payloads_are_errors_and_not_panics() {
    let mut frame = [0.0; MAX_PACKET_SAMPLES];
    for kind in KINDS {
        let mut decoder = Decoder::new(kind).unwrap();
        assert!(decoder.decode(&[], &mut frame).is_err());
        assert!(decoder.decode(&[0xff; 160], &mut [0.0; 10]).is_err());
        for length in 1..200 {
            let noise: Vec<u8> = (0..length).map(|n| (n * 37 + length * 11) as u8).collect();
            let _ = decoder.decode(&noise, &mut frame);
        }
        // It still works afterwards.
        decoder.conceal(&mut frame[..kind.sample_rate_hz() as usize / 100]);
        assert!(frame.iter().all(|s| s.is_finite()));
    }
    let mut encoder = Encoder::new(CodecKind::Opus, &OpusSettings::default()).unwrap();
    assert!(encoder.encode(&[0.0; 77], &mut [0; 1500]).is_err());
}
