//! Several sounds on one speaker.

/// Above this the mix is bent instead of cut.
const KNEE: f32 = 0.8;

/// Adds `sound`, scaled, to `onto`; both have the same length.
pub fn add(onto: &mut [f32], sound: &[f32], gain: f32) {
    onto.iter_mut().zip(sound).for_each(|(o, s)| *o += s * gain);
}

/// Keeps a mix within −1…1: what exceeds 0.8 is bent smoothly, what does not is untouched.
pub fn limit(pcm: &mut [f32]) {
    for sample in pcm {
        let over = sample.abs() - KNEE;
        if over > 0.0 {
            let room = 1.0 - KNEE;
            *sample = (KNEE + room * (over / room).tanh()).copysign(*sample);
        }
    }
}

/// Raises (or lowers) the volume of a block from `from` to `to` without a step.
pub fn ramp(pcm: &mut [f32], from: f32, to: f32) {
    if from == 1.0 && to == 1.0 {
        return;
    }
    let length = pcm.len().max(1) as f32;
    for (n, sample) in pcm.iter_mut().enumerate() {
        *sample *= from + (to - from) * (n as f32 + 1.0) / length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_loud_voices_do_not_clip_and_one_is_untouched() {
        let mut quiet = vec![0.5, -0.7];
        limit(&mut quiet);
        assert_eq!(quiet, [0.5, -0.7]);
        let mut loud = vec![0.9, -0.9, 0.1];
        add(&mut loud, &[0.9, -0.9, 0.1], 1.0);
        limit(&mut loud);
        assert!(loud[0] > 0.95 && loud[0] <= 1.0 && loud[1] == -loud[0]);
        assert_eq!(loud[2], 0.2);
    }

    #[test]
    fn a_ramp_ends_at_its_goal() {
        let mut pcm = vec![1.0; 100];
        ramp(&mut pcm, 0.0, 1.0);
        assert!(pcm[0] < 0.02 && pcm[99] == 1.0 && pcm.windows(2).all(|w| w[0] < w[1]));
    }
}
