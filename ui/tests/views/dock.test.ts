import { describe } from 'vitest';

import { inspectAll, openDesk } from '../inspect.ts';
import { DOCK, SMALL_DOCK } from '../window.ts';

const desk = openDesk();

describe('dock', () => inspectAll(desk, 'dock', DOCK, [['light', 'es'], ['dark', 'en']]));
describe('small', () => inspectAll(desk, 'small', SMALL_DOCK, [['light', 'es']]));
