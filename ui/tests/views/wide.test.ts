import { describe } from 'vitest';

import { inspectAll, LOOKS, openDesk } from '../inspect.ts';
import { WIDE } from '../window.ts';

const desk = openDesk();

describe('wide', () => inspectAll(desk, 'wide', WIDE, LOOKS));
