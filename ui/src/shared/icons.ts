/** Icons of the pop-up, by their name in the icon set. */
export const POPUP_ICONS = [
  'arrows-out-simple', 'cell-signal-full-fill', 'cell-signal-high-fill', 'cell-signal-low-fill', 'cell-signal-medium-fill',
  'clock-counter-clockwise', 'lock-simple-bold', 'lock-simple-open', 'microphone-slash', 'pause', 'phone-disconnect-fill',
  'phone-fill', 'phone-incoming-bold', 'phone-outgoing-bold', 'star-fill', 'user',
] as const;

/** Icons of the main window. */
export const ICONS = [
  ...POPUP_ICONS,
  'address-book', 'address-book-fill', 'arrow-clockwise', 'arrow-left', 'arrow-right', 'arrow-square-out', 'arrows-left-right', 'bell',
  'bell-ringing', 'building-office', 'caret-down', 'caret-up', 'check-bold', 'check-circle', 'check-circle-fill', 'chat-circle-dots', 'chats', 'chats-fill', 'paper-plane-right-fill', 'clock-counter-clockwise-fill',
  'cloud-arrow-up', 'cloud-check', 'cloud-warning', 'copy', 'device-mobile', 'dots-three-circle', 'envelope-simple', 'eye', 'gear-six',
  'gear-six-fill', 'globe-simple', 'hard-drive', 'headset', 'hash', 'info', 'keyboard', 'list-bullets', 'list-checks', 'list-checks-fill', 'arrow-counter-clockwise', 'caret-right', 'magnifying-glass', 'map-pin', 'microphone',
  'moon', 'note-pencil', 'numpad', 'palette', 'pause-fill', 'pencil-simple', 'phone', 'phone-transfer', 'phone-x-bold', 'plus-bold', 'prohibit', 'question', 'sim-card',
  'sim-card-fill', 'speaker-high', 'star', 'ticket', 'translate', 'trash', 'user-focus', 'user-plus',
  'record', 'record-fill', 'pause-circle', 'play', 'download-simple', 'users-three', 'voicemail', 'warning-circle-fill', 'warning-fill', 'waveform',
  'whatsapp-logo', 'x', 'x-bold', 'lifebuoy', 'backspace',
] as const;

export type IconName = (typeof ICONS)[number];
