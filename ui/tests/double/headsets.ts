/** Two headsets: one ready, one that the system keeps closed. */
import type { HeadsetView, Headsets } from '../../src/bindings/api';

const button = (name: HeadsetView['buttons'][number]['button'], latched = false, presses = 0, on = false) => ({ button: name, number: name === 'programmable' ? 0 : null, latched, on, presses });

export const JABRA: HeadsetView = {
  id: 1, name: 'Jabra Engage 65 SE', vendor_id: 0x0b0e, product_id: 0x1153, state: 'ready', other_line: false,
  buttons: [button('hook', true, 1, true), button('mute', false, 3), button('flash'), button('redial'), button('drop'), button('programmable')],
  lamps: [{ lamp: 'off_hook', lit: true }, { lamp: 'ring', lit: false }, { lamp: 'mute', lit: false }, { lamp: 'hold', lit: false }],
};

const POLY: HeadsetView = { ...JABRA, id: 2, name: 'Plantronics Blackwire 3220 Series', vendor_id: 0x047f, product_id: 0xc056, state: 'no_permission', buttons: [button('mute'), button('hook', true), button('flash')], lamps: [] };

export const HEADSETS: Headsets = { list: [JABRA, POLY], followed: true };
