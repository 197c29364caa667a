/** Details of a call as the agent tells them. */
import type { CallDetails, CallId } from '../../src/bindings/api';

const step = (at_ms: number, sent: boolean, what: string, media: string | null = null) => ({ at_ms, sent, what, cseq: what.endsWith('BYE') ? 2 : 1, bytes: media ? 1024 : 412, media });

/** A call of a minute, bad for a moment; without its end while it is live. */
export function detailsOf(call: CallId, began: number, live: boolean): CallDetails {
  const signals = [
    step(began, true, 'INVITE', 'sdp sendrecv opus,G722,PCMA,PCMU,telephone-event'), step(began + 12, false, '100 INVITE'), step(began + 30, false, '407 INVITE'), step(began + 31, true, 'ACK'),
    step(began + 33, true, 'INVITE', 'sdp sendrecv opus,G722,PCMA,PCMU,telephone-event crypto'), step(began + 412, false, '180 INVITE'), step(began + 4300, false, '200 INVITE', 'sdp sendrecv opus,telephone-event crypto'),
    step(began + 4302, true, 'ACK'),
  ];
  if (!live) signals.push(step(began + 66_000, false, 'BYE'), step(began + 66_001, true, '200 BYE'));
  const points = Array.from({ length: 12 }, (_, at) => {
    const bad = at === 7 || at === 8;
    return { at_ms: began + 4300 + (at + 1) * 5000, loss_pct: bad ? 6.5 : 0, jitter_ms: bad ? 31.4 : 3 + (at % 3), rtt_ms: at === 0 ? null : 42 + at, mos: bad ? 3.1 : 4.3 };
  });
  return {
    call, live, direction: 'outgoing', steps: signals, left_out: 0, agreed: { codec: 'opus', srtp: 'AES_CM_128_HMAC_SHA1_80', keying: 'sdes', rtcp_mux: false },
    sound: { rx_packets: 3081, tx_packets: 3090, lost_pct: 1.1, late: 4, concealed_ms: 240 }, every_s: 5, points, end: live ? null : { cause: 'normal', code: null, by: 'remote', talk_ms: 61_700 },
  };
}
