import { calls } from './es/calls';
import { chats } from './es/chats';
import { colleagues } from './es/colleagues';
import { connections } from './es/connections';
import { desk } from './es/desk';
import { details } from './es/details';
import { headsets } from './es/headsets';
import { network } from './es/network';
import { pbx } from './es/pbx';
import { recording } from './es/recording';
import { remote } from './es/remote';

/** Every sentence of the window, in Spanish (usted). Keys are the same in every language. */
export const es = { ...calls, ...desk, ...chats, ...colleagues, ...connections, ...details, ...headsets, ...network, ...pbx, ...recording, ...remote } as const;
