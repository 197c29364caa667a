// A real exchange (Kamailio) and a real telephone behind it (baresip), in folders of their own on free loopback ports.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';

import { ROOT } from './desk.mjs';
import { PATIENCE_MS, end, freePair, freePort, run, start, until } from './process.mjs';
import { wave } from './sound.mjs';

export const REALM = 'timbre.test';
/** The agent's own account. */
export const AGENT = { name: '8330101', password: '482916' };
/** A customer: the user is the number, as a trunk would show it. */
export const CUSTOMER = { name: '+50688887777', password: '730255' };

const MODULES = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'];

/** Where a peer's modules are. */
function modules(below) {
  const found = MODULES.map((place) => path.join(place, below)).find((place) => {
    try {
      return readdirSync(place).length > 0;
    } catch {
      return false;
    }
  });
  if (!found) throw new Error(`${below} is not installed; cargo xtask test installs it`);
  return found;
}

/** Empty tables that the presence modules want, as their package brings them. */
const TABLES = '/usr/share/kamailio/dbtext/kamailio';

/** Kamailio by the configuration of the other acceptance tests, if wanted with mailboxes. It ends with the desk. */
export class Exchange {
  static async start(desk, users = [AGENT, CUSTOMER], presence = false) {
    const exchange = new Exchange();
    exchange.presence = presence;
    exchange.desk = desk;
    exchange.folder = path.join(desk.folder, 'exchange');
    exchange.users = users;
    mkdirSync(path.join(exchange.folder, 'presence'), { recursive: true });
    for (const name of presence ? ['version', 'presentity', 'active_watchers', 'watchers', 'xcap', 'pua'] : []) {
      copyFileSync(path.join(TABLES, name), path.join(exchange.folder, 'presence', name));
    }
    for (const name of ['port', 'tlsPort', 'wsPort', 'wssPort']) exchange[name] = await freePort();
    const names = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${REALM}`, '-keyout', 'server.key', '-out', 'server.pem'];
    await run('openssl', names, { cwd: exchange.folder });
    writeFileSync(
      path.join(exchange.folder, 'tls.cfg'),
      `[server:default]\nmethod = TLSv1.2+\nverify_certificate = no\nrequire_certificate = no\n
       private_key = ${exchange.folder}/server.key\ncertificate = ${exchange.folder}/server.pem\n`,
    );
    writeFileSync(path.join(exchange.folder, 'kamailio.cfg'), exchange.#configuration());
    await exchange.up();
    return exchange;
  }

  #configuration() {
    const words = {
      ADDRESS: '127.0.0.1',
      PORT: this.port,
      TLS_PORT: this.tlsPort,
      WS_PORT: this.wsPort,
      WSS_PORT: this.wssPort,
      REALM,
      MODULES: modules('kamailio/modules'),
      FOLDER: this.folder,
      USERS: this.users.map(({ name, password }) => `    $sht(users=>${name}) = "${password}";\n`).join(''),
    };
    const text = readFileSync(path.join(ROOT, 'tests/src/peers/kamailio.cfg'), 'utf8');
    const filled = text.replace(/@([A-Z_]+)@/g, (whole, word) => words[word] ?? whole);
    return this.presence ? filled.replace('#!KAMAILIO\n', '#!KAMAILIO\n#!define WITH_PRESENCE\n') : filled;
  }

  /** Tells the exchange what waits in a user's mailbox, as a voicemail server does (RFC 3903). */
  async mailbox(user, { fresh, old, number }) {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    const body = `Messages-Waiting: ${fresh > 0 ? 'yes' : 'no'}\r\nMessage-Account: sip:${number}@${REALM}\r\nVoice-Message: ${fresh}/${old} (0/0)\r\n`;
    const known = this.entity ? [`SIP-If-Match: ${this.entity}`] : [];
    const lines = [
      `PUBLISH sip:${user.name}@${REALM} SIP/2.0`, `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${port};rport`,
      `From: <sip:voicemail@office.test>;tag=${port}`, `To: <sip:${user.name}@${REALM}>`, `Call-ID: mailbox-${port}`, 'CSeq: 1 PUBLISH',
      'Max-Forwards: 5', 'Event: message-summary', 'Expires: 600', ...known, 'Content-Type: application/simple-message-summary',
      `Content-Length: ${Buffer.byteLength(body)}`, '', body,
    ];
    socket.send(lines.join('\r\n'), this.port, '127.0.0.1');
    const [bytes] = await once(socket, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) }).finally(() => socket.close());
    const answer = String(bytes);
    if (!answer.startsWith('SIP/2.0 200')) throw new Error(`the exchange refuses: ${answer}`);
    this.entity = /^SIP-ETag: (.*?)\r?$/m.exec(answer)?.[1];
  }

  /** Starts it, also again after {@link down}; what was registered then is forgotten, as after a power cut. */
  async up() {
    const log = path.join(this.desk.folder, 'log', 'kamailio.log');
    const args = ['-m', '32', '-M', '8', '-DD', '-E', '-Y', this.folder, '-f', path.join(this.folder, 'kamailio.cfg')];
    this.process = this.desk.begin('kamailio', args, { log });
    await until('the exchange listens', () => {
      const socket = connect(this.port, '127.0.0.1');
      return once(socket, 'connect').finally(() => socket.destroy());
    });
  }

  async down() {
    await end(this.process);
  }

  get proxy() {
    return `sip:127.0.0.1:${this.port};transport=tcp;lr`;
  }
}

/** baresip with one account; it speaks a file and records what it hears. */
export class Telephone {
  static async start(exchange, user = CUSTOMER, says) {
    const telephone = new Telephone();
    const { desk } = exchange;
    telephone.folder = path.join(desk.folder, `telephone-${user.name}`);
    mkdirSync(path.join(telephone.folder, 'heard'), { recursive: true });
    // It listens for TLS at the port behind that for SIP.
    const [sip, rtp] = [await freePair(), await freePort()];
    telephone.control = await freePort();
    telephone.log = path.join(desk.folder, 'log', `baresip-${user.name}.log`);
    const speech = path.join(telephone.folder, 'says.wav');
    writeFileSync(speech, wave(says));
    writeFileSync(path.join(telephone.folder, 'contacts'), `"Agent" <sip:${AGENT.name}@${REALM}>\n`);
    writeFileSync(
      path.join(telephone.folder, 'accounts'),
      `<sip:${user.name}@${REALM};transport=udp>;auth_pass=${user.password};outbound="sip:127.0.0.1:${exchange.port};transport=udp";` +
        'regint=300;answermode=manual;audio_codecs=opus/48000/2,pcma;ptime=20;mwi=no\n',
    );
    writeFileSync(path.join(telephone.folder, 'config'), telephone.#configuration(sip, rtp, speech));
    telephone.process = desk.begin('baresip', ['-f', telephone.folder, '-v'], { log: telephone.log, cwd: telephone.folder });
    await telephone.sees(/200 OK/);
    return telephone;
  }

  #configuration(sip, rtp, speech) {
    const lines = [
      'poll_method epoll', `sip_listen 127.0.0.1:${sip}`, 'call_local_timeout 120', 'call_max_calls 4',
      `audio_source aufile,${speech}`, `audio_player aufile,${this.folder}/played.wav`, 'audio_alert aufile,/dev/null',
      'ausrc_srate 48000', 'auplay_srate 48000', 'ausrc_channels 1', 'auplay_channels 1', 'audio_txmode poll', 'audio_level no',
      'ausrc_format s16', 'auplay_format s16', 'auenc_format s16', 'audec_format s16', 'audio_buffer 20-160',
      // Even, and a range of its own size: ports below 65,000 are given to programs that ask for any.
      'net_interface 127.0.0.1', `rtp_ports ${rtp & ~1}-${(rtp & ~1) + 20}`, 'jitter_buffer_delay 5-10',
      `module_path ${modules('baresip/modules')}`,
      ...['stdio', 'opus', 'g711', 'aufile', 'sndfile'].map((name) => `module ${name}.so`),
      'module_tmp uuid.so', 'module_tmp account.so',
      ...['menu', 'contact', 'ctrl_tcp', 'debug_cmd'].map((name) => `module_app ${name}.so`),
      `ctrl_tcp_listen 127.0.0.1:${this.control}`, `snd_path ${this.folder}/heard`, 'opus_bitrate 32000', 'menu_bell no', 'menu_ringback no',
    ];
    return `${lines.join('\n')}\n`;
  }

  /** Waits for something in what it prints. */
  sees(pattern) {
    return until(`the telephone prints ${pattern}`, () => pattern.test(readFileSync(this.log, 'utf8')));
  }

  async command(command, params = '') {
    const text = JSON.stringify({ command, params, token: 't' });
    const socket = connect(this.control, '127.0.0.1');
    socket.write(`${Buffer.byteLength(text)}:${text},`);
    await once(socket, 'data', { signal: AbortSignal.timeout(PATIENCE_MS) }).finally(() => socket.destroy());
  }

  dial(user = AGENT.name) {
    return this.command('dial', `sip:${user}@${REALM}`);
  }

  accept() {
    return this.command('accept');
  }

  hangUp() {
    return this.command('hangup');
  }

  /** Writes to the agent, its one contact. */
  write(text) {
    return this.command('message', text);
  }

  /** Samples of what it heard so far, the left channel of 48 kHz; empty before it hears anything. */
  heard() {
    const file = readdirSync(path.join(this.folder, 'heard')).filter((name) => name.endsWith('dec.wav')).sort().at(-1);
    if (!file) return Buffer.alloc(0);
    const bytes = readFileSync(path.join(this.folder, 'heard', file));
    const channels = bytes.length > 44 ? bytes.readUInt16LE(22) : 1;
    const frames = Math.max(0, Math.floor((bytes.length - 44) / 2 / channels));
    const left = Buffer.alloc(frames * 2);
    for (let at = 0; at < frames; at += 1) bytes.copy(left, at * 2, 44 + at * 2 * channels, 46 + at * 2 * channels);
    return left;
  }
}
