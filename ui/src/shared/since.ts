import type { Attachment } from 'svelte/attachments';

import { everySecond } from '../stores/clock.svelte';
import { timer } from './format';

/**
 * Shows in an element how long ago `at` (UTC ms) was. A second writes one text node and asks nothing else to be worked out
 * anew; of the class `since`, the element keeps layout and paint of it to itself.
 */
export function since(at: number): Attachment<HTMLElement> {
  return (element) => {
    const text = document.createTextNode('');
    let length = 0;
    const write = () => {
      const words = timer(Date.now() - at);
      if (words === text.data) return;
      text.data = words;
      if (words.length === length) return;
      length = words.length;
      element.dataset['length'] = String(length);
    };
    write();
    element.append(text);
    const stop = everySecond(write);
    return () => {
      stop();
      text.remove();
    };
  };
}
