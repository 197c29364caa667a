// Speaking into the virtual microphone and listening to the virtual loudspeaker.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const RATE = 48_000;

/** A sweep that correlates with itself at one place only: seconds of `from` to `to` Hz, 16 bit mono. */
export function sweep(seconds, from = 300, to = 3000) {
  const samples = Math.round(seconds * RATE);
  const bytes = Buffer.alloc(samples * 2);
  for (let at = 0; at < samples; at += 1) {
    const time = at / RATE;
    const phase = 2 * Math.PI * (from * time + ((to - from) / (2 * seconds)) * time * time);
    bytes.writeInt16LE(Math.round(12_000 * Math.sin(phase)), at * 2);
  }
  return bytes;
}

/** Plays into the microphone, to its end. */
export async function speak(desk, bytes) {
  const play = spawn('pacat', ['--playback', '--device=feed', '--format=s16le', `--rate=${RATE}`, '--channels=1', '--latency-msec=50'], { env: desk.env });
  play.stdin.end(bytes);
  await once(play, 'close');
}

/** Listens to the loudspeaker until told to stop; answers the samples. */
export function listen(desk) {
  const record = spawn('parec', ['--device=speaker.monitor', '--format=s16le', `--rate=${RATE}`, '--channels=1', '--latency-msec=50'], { env: desk.env });
  const parts = [];
  record.stdout.on('data', (part) => parts.push(part));
  return {
    heard: () => Buffer.concat(parts),
    async stop() {
      record.kill('SIGTERM');
      await once(record, 'close');
      return Buffer.concat(parts);
    },
  };
}

/**
 * The best normalised correlation of `sent` within `heard`, both decimated to 8 kHz.
 * 1 is the same sound; unrelated sounds stay below 0.2.
 */
export function likeness(sent, heard) {
  const [needle, hay] = [decimate(sent), decimate(heard)];
  let best = 0;
  const energy = needle.reduce((sum, value) => sum + value * value, 0);
  for (let lag = 0; lag + needle.length <= hay.length; lag += 1) {
    let [dot, power] = [0, 0];
    // A coarse look first: every seventh sample.
    for (let at = 0; at < needle.length; at += 7) {
      dot += needle[at] * hay[lag + at];
      power += hay[lag + at] ** 2;
    }
    if (power > 0) best = Math.max(best, Math.abs(dot) / Math.sqrt((energy / 7) * power));
  }
  return Math.min(best, 1);
}

/** The effective value of samples: 0 is silence, 32,768 the loudest. */
export function loudness(bytes) {
  const count = Math.floor(bytes.length / 2);
  let power = 0;
  for (let at = 0; at < count; at += 1) power += bytes.readInt16LE(at * 2) ** 2;
  return count === 0 ? 0 : Math.sqrt(power / count);
}

function decimate(bytes) {
  const out = new Float32Array(Math.floor(bytes.length / 12));
  for (let at = 0; at < out.length; at += 1) {
    let sum = 0;
    for (let part = 0; part < 6; part += 1) sum += bytes.readInt16LE((at * 6 + part) * 2);
    out[at] = sum / 6;
  }
  return out;
}

/** A WAV file of 16 bit mono samples at 48 kHz. */
export function wave(samples) {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(RATE, 24);
  head.writeUInt32LE(RATE * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

/** The same sound again and again, with a pause of as long as it lasts. */
export function again(samples, times) {
  return Buffer.concat(Array.from({ length: times }, () => [samples, Buffer.alloc(samples.length)]).flat());
}

/** The last seconds of a recording. */
export function last(samples, seconds) {
  return samples.subarray(-Math.round(seconds * RATE) * 2);
}
