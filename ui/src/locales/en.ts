import { calls } from './en/calls';
import { chats } from './en/chats';
import { colleagues } from './en/colleagues';
import { connections } from './en/connections';
import { desk } from './en/desk';
import { details } from './en/details';
import { headsets } from './en/headsets';
import { network } from './en/network';
import { pbx } from './en/pbx';
import { recording } from './en/recording';
import { remote } from './en/remote';
import type { es } from './es';

/** Every sentence of the window, in English. */
export const en: Record<keyof typeof es, string> = { ...calls, ...desk, ...chats, ...colleagues, ...connections, ...details, ...headsets, ...network, ...pbx, ...recording, ...remote };
