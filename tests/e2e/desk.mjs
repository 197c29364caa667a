// An agent's desk of its own: home folder, session bus, window manager, sound server, and the app.
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { Driver } from './driver.mjs';
import { end, run, start, until } from './process.mjs';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
// As the system names a running program: without links on the way.
export const APP = realpathSync(path.resolve(ROOT, process.env.TIMBRE_APP ?? 'target/debug/timbre'));
const KEPT = path.join(ROOT, 'target/e2e');

export class Desk {
  folder = mkdtempSync(path.join(tmpdir(), 'timbre-desk-'));
  #started = [];
  driver;

  static async open() {
    const desk = new Desk();
    mkdirSync(KEPT, { recursive: true });
    for (const name of ['home', 'pulse', 'log']) mkdirSync(path.join(desk.folder, name));
    desk.env = {
      ...process.env,
      HOME: path.join(desk.folder, 'home'),
      XDG_DATA_HOME: path.join(desk.folder, 'home/data'),
      XDG_CONFIG_HOME: path.join(desk.folder, 'home/config'),
      XDG_CACHE_HOME: path.join(desk.folder, 'home/cache'),
      PULSE_SERVER: `unix:${desk.folder}/pulse/native`,
      TIMBRE_LOG: 'debug,wry=info,tao=info,zbus=info,rustls=info,hickory_proto=info',
    };
    mkdirSync(path.join(desk.env.XDG_DATA_HOME, 'applications'), { recursive: true });
    mkdirSync(desk.env.XDG_CONFIG_HOME, { recursive: true });
    try {
      await desk.#bus();
      await desk.#windowManager();
      await desk.#sound();
    } catch (error) {
      await desk.close('desk');
      throw error;
    }
    return desk;
  }

  async #windowManager() {
    this.begin('openbox', ['--sm-disable']);
    const told = () => run('xprop', ['-root', '_NET_SUPPORTING_WM_CHECK'], { env: this.env });
    await until('a window manager is there', async () => (await told()).includes('window id'));
  }

  /** Starts a program that ends with the desk. */
  begin(command, args, { env = this.env, log = path.join(this.folder, 'log', `${command}.log`), cwd } = {}) {
    const child = start(command, args, { env, log, cwd });
    this.#started.unshift(child);
    return child;
  }

  async #bus() {
    const address = `unix:path=${this.folder}/bus`;
    // No services: neither portals nor a keychain may answer in place of what is tested.
    const config = path.join(this.folder, 'bus.conf');
    writeFileSync(
      config,
      `<busconfig><type>session</type><listen>${address}</listen><auth>EXTERNAL</auth>
       <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`,
    );
    this.begin('dbus-daemon', [`--config-file=${config}`, '--nofork', '--nopidfile']);
    this.env.DBUS_SESSION_BUS_ADDRESS = address;
    await until('the session bus answers', () => run('dbus-send', [`--bus=${address}`, '--print-reply', '--dest=org.freedesktop.DBus', '/', 'org.freedesktop.DBus.GetId']));
  }

  /** One card: what is played into `feed` is spoken into the microphone; `speaker.monitor` is what the agent hears. */
  async #sound() {
    const pulse = { ...this.env, XDG_RUNTIME_DIR: `${this.folder}/pulse`, PULSE_RUNTIME_PATH: `${this.folder}/pulse`, PULSE_STATE_PATH: `${this.folder}/pulse` };
    delete pulse.PULSE_SERVER;
    delete pulse.DBUS_SESSION_BUS_ADDRESS;
    // Clients show the cookie that a user's sound server leaves in the user's folder.
    mkdirSync(path.join(this.env.XDG_CONFIG_HOME, 'pulse'));
    writeFileSync(path.join(this.env.XDG_CONFIG_HOME, 'pulse/cookie'), randomBytes(256));
    const load = (module) => ['-L', module];
    this.begin(
      'pulseaudio',
      [
        '-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no', '--disallow-exit=yes', '--realtime=no', '--high-priority=no',
        ...load(`module-native-protocol-unix socket=${this.folder}/pulse/native auth-anonymous=1`),
      ],
      { env: pulse },
    );
    await until('the sound server answers', () => run('pactl', ['info'], { env: this.env }));
    const plug = (...module) => run('pactl', ['load-module', ...module], { env: this.env });
    for (const sink of ['speaker', 'feed']) await plug('module-null-sink', `sink_name=${sink}`, 'rate=48000', 'channels=1', 'format=s16le');
    await plug('module-remap-source', 'source_name=mic', 'master=feed.monitor', 'source_properties=device.description=Headset');
    await run('pactl', ['set-default-sink', 'speaker'], { env: this.env });
    await run('pactl', ['set-default-source', 'mic'], { env: this.env });
  }

  /** Starts the app under the driver. */
  start(...args) {
    return this.startAs(APP, ...args);
  }

  /** Starts the app through a program that becomes it. */
  async startAs(program, ...args) {
    this.driver = await Driver.open(program, args, { env: this.env, log: path.join(this.folder, 'log', 'app.log') });
    return this.driver;
  }

  /** Ends the app, however it was started, and leaves the desk as it is. */
  async stop(signal = 'SIGTERM') {
    // As the end of a session does: the app says goodbye to its lines and closes its books.
    for (const app of await this.apps()) process.kill(app, signal);
    await until('the app has ended', async () => (await this.instances()) === 0, 30_000);
    await this.driver?.close();
    this.driver = undefined;
  }

  /** A window of another program that has the focus and writes down every key that it gets. */
  async otherWindow() {
    const log = path.join(this.folder, 'log', 'xev.log');
    this.begin('xev', ['-event', 'keyboard', '-event', 'focus', '-name', 'other', '-geometry', '300x200+20+20'], { log });
    const id = await until('the other window is there', async () => (await this.run('sh', '-c', 'xdotool search --onlyvisible --name "^other$" || true')).trim());
    await this.run('xdotool', 'windowactivate', '--sync', id);
    return { id, told: () => readFileSync(log, 'utf8') };
  }

  /** Opens a link as a browser has it opened. `xdg-open` lasts as long as the app that it starts, so nobody waits for it. */
  open(opener, link) {
    const [command, ...args] = [...opener, link];
    this.begin(command, args);
  }

  run(command, ...args) {
    return run(command, args, { env: this.env });
  }

  /** Process ids of the apps at this desk. */
  async apps() {
    const ours = `[ "$(readlink $p/exe)" = "${APP}" ] && tr '\\0' '\\n' <$p/environ 2>/dev/null | grep -qx 'HOME=${this.env.HOME}'`;
    const found = await this.run('sh', '-c', `for p in /proc/[0-9]*; do ${ours} && echo $p; done; true`);
    return found.split('\n').filter(Boolean).map((line) => Number(line.split('/').at(-1)));
  }

  /** How many apps run at this desk. */
  async instances() {
    return (await this.apps()).length;
  }

  /** The app's own log file. */
  logFile() {
    return path.join(this.env.XDG_DATA_HOME, 'app.timbre.desktop/log/timbre.log');
  }

  /** A picture of the screen: WebKit's own screenshots hang under a virtual screen. */
  async picture(name, folder = KEPT) {
    mkdirSync(folder, { recursive: true });
    await this.run('import', '-window', 'root', path.join(folder, `${name}.png`));
  }

  /** Ends everything; with `failed` what is left to look at is kept. */
  async close(failed) {
    if (failed) {
      await this.picture(`failed-${failed}`).catch(() => undefined);
      rmSync(path.join(KEPT, `log-${failed}`), { recursive: true, force: true });
      await this.run('cp', '-r', path.join(this.folder, 'log'), path.join(KEPT, `log-${failed}`)).catch(() => undefined);
    }
    await this.stop();
    for (const child of this.#started) await end(child);
    // The web view's helpers may still be writing their last.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
  }
}

/** A scenario at a desk of its own. */
export function scenario(body) {
  return async (context) => {
    const desk = await Desk.open();
    let failed = context.name.replace(/\W+/g, '-');
    try {
      await body(desk, context);
      failed = undefined;
    } finally {
      await desk.close(failed);
    }
  };
}
