/** Stands where the shell stands: the page finds the one command and the events it knows. Put into the page before its own scripts. */
import type { Commands, Levels, ShellEvent, ShellRequest, SystemView } from '../../src/bindings/api';
import { FakeAgent, type Scenario } from './agent.ts';

type Callback = (value: unknown) => void;

const callbacks = new Map<number, Callback>();
const listeners = new Map<string, Set<number>>();
let next = 1;

function deliver(event: string, payload: unknown): void {
  for (const id of listeners.get(event) ?? []) callbacks.get(id)?.({ event, id, payload: structuredClone(payload) });
}

const scenario = (window as unknown as { __scenario: Scenario }).__scenario;
const agent = new FakeAgent(scenario);
agent.listen((event) => deliver('agent-event', event));

const system: SystemView = { has_links: false, starts_at_login: false, refused: false };

/** The system does what it is asked. */
function shell(request: ShellRequest): SystemView | null {
  if (request.what === 'take_links') system.has_links = true;
  else if (request.what === 'start_at_login') system.starts_at_login = request.on;
  else if (request.what !== 'system') return null;
  return { ...system };
}

async function invoke(command: string, args: Record<string, unknown>): Promise<unknown> {
  if (command === 'api') {
    const { name, request } = args as { name: keyof Commands; request: never };
    return agent.answer(name, request);
  }
  if (command === 'plugin:event|listen') {
    const event = args['event'] as string;
    const handler = args['handler'] as number;
    listeners.set(event, (listeners.get(event) ?? new Set()).add(handler));
    return handler;
  }
  if (command === 'plugin:event|unlisten') {
    listeners.get(args['event'] as string)?.delete(args['eventId'] as number);
    return null;
  }
  if (command === 'shell') return shell(args['request'] as ShellRequest);
  throw new Error(`the window may not invoke ${command}`);
}

Object.assign(window, {
  __TAURI_INTERNALS__: {
    invoke,
    transformCallback(callback: Callback): number {
      callbacks.set(next, callback);
      return next++;
    },
    unregisterCallback: (id: number) => callbacks.delete(id),
  },
  __TAURI_EVENT_PLUGIN_INTERNALS__: { unregisterListener: () => undefined },
  agent,
  shell: (event: ShellEvent) => deliver('shell-event', event),
  levels: (levels: Levels) => deliver('levels', levels),
});
