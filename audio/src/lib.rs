//! Codecs, jitter buffer, concealment, resampling, tones, levels and mixing, without IO.
