/** The only room that knows the shell: commands out, events and levels in. */
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';

import type { ApiError, Commands, ErrorCode, Event, Levels, ShellEvent, ShellRequest, SystemView } from '../bindings/api';

export type CommandName = keyof Commands;

/** A command that the agent refused. */
export class ApiFailure extends Error {
  readonly code: ErrorCode;
  readonly detail: string | null;

  constructor(error: ApiError) {
    super(error.code);
    this.name = 'ApiFailure';
    this.code = error.code;
    this.detail = error.detail;
  }
}

function isApiError(value: unknown): value is ApiError {
  return typeof value === 'object' && value !== null && typeof (value as ApiError).code === 'string';
}

/** Asks the agent. Rejects with an {@link ApiFailure} and with nothing else. */
export async function api<N extends CommandName>(name: N, request: Commands[N]['request']): Promise<Commands[N]['view']> {
  try {
    return await invoke<Commands[N]['view']>('api', { name, request });
  } catch (error) {
    throw new ApiFailure(isApiError(error) ? error : { code: 'internal', detail: null });
  }
}

/** Asks the program around the window. Only what concerns the system has an answer. */
export async function shell(request: ShellRequest): Promise<SystemView | null> {
  return invoke<SystemView | null>('shell', { request });
}

/** Follows what the program around the window asks of it. */
export function onShellEvent(take: (event: ShellEvent) => void): Promise<() => void> {
  return listen<ShellEvent>('shell-event', (message) => take(message.payload));
}

/** Follows the one ordered stream. */
export function onEvent(take: (event: Event) => void): Promise<() => void> {
  return listen<Event>('agent-event', (message) => take(message.payload));
}

/** Follows the levels, which may be dropped. */
export function onLevels(take: (levels: Levels) => void): Promise<() => void> {
  return listen<Levels>('levels', (message) => take(message.payload));
}
