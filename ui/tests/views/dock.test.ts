import { describe } from 'vitest';

import { inspectAll, LOOKS, openDesk } from '../inspect.ts';
import { DOCK, SMALL_DOCK } from '../window.ts';

const desk = openDesk();

describe('dock', () => inspectAll(desk, 'dock', DOCK, LOOKS));
// The longer words of the two languages.
describe('small', () => inspectAll(desk, 'small', SMALL_DOCK, (at) => [[at % 2 === 0 ? 'light' : 'dark', 'es']]));
