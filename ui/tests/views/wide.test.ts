import { describe } from 'vitest';

import { inspectAll, openDesk } from '../inspect.ts';
import { WIDE } from '../window.ts';

const desk = openDesk();

describe('wide', () => inspectAll(desk, 'wide', WIDE, [['light', 'es'], ['dark', 'es'], ['light', 'en']]));
