import type { CallId, CallView, EventBody, RecordingSettings, RecordingSettingsView, RecordingView, Commands } from '../../src/bindings/api.ts';
import { refuse } from './agent.ts';

type Names = 'record_call' | 'pause_recording' | 'list_recordings' | 'play_recording' | 'stop_playing' | 'save_recording' | 'delete_recording' | 'recording_settings' | 'save_recording_settings';
type Handlers = { [N in Names]: (request: Commands[N]['request']) => Commands[N]['view'] };


interface Around {
  emit(body: EventBody): void;
  update(call: CallId, part: Partial<CallView>): void;
}

/** Half a minute in which the agent speaks first and the other side then. */
export function recording(call: CallId): RecordingView {
  const loud = (at: number) => 40 + ((at * 37) % 160);
  const agent = Array.from({ length: 300 }, (_, at) => (at < 150 ? loud(at) : 0));
  const other = Array.from({ length: 300 }, (_, at) => (at < 150 ? 0 : loud(at)));
  return { id: `0000aaaa-${call.slice(9)}`, call, started_at_ms: 1_763_000_000_000, length_ms: 30_000, encrypted: true, column_ms: 100, agent, other };
}

/** Recordings of the agent's double: each call that is asked about has one, until it is deleted. */
export function recordings(around: Around): Handlers {
  const none = {};
  const deleted = new Set<string>();
  const settings: RecordingSettings = { format: 'opus', consent_tone: false, encrypt: false, keep_days: null, names: '{date} {time} {line} {number} {direction}', folder: null };
  let now: RecordingSettingsView = { settings, default_folder: '/home/ana/.local/share/timbre/recordings', example: '2026-11-24 09-15-00 101 +50622223333 in.ogg' };
  return {
    record_call: ({ call, on }) => (around.update(call, { recording: on ? 'on' : null }), none),
    pause_recording: ({ call, paused }) => (around.update(call, { recording: paused ? 'paused' : 'on' }), none),
    list_recordings: ({ call }) => ({ list: [recording(call)].filter((one) => !deleted.has(one.id)) }),
    play_recording: (view) => (around.emit({ kind: 'playback', value: view }), none),
    stop_playing: () => (around.emit({ kind: 'playback', value: null }), none),
    save_recording: () => ({ path: '/home/ana/Descargas/2026-11-24 09-15-00.ogg' }),
    delete_recording: ({ recording }) => {
      deleted.add(recording);
      around.emit({ kind: 'changed', value: 'recordings' });
      return none;
    },
    recording_settings: () => now,
    save_recording_settings: (request) => {
      if (/[/\\]/.test(request.names)) refuse('invalid', 'names');
      return (now = { ...now, settings: request });
    },
  };
}
