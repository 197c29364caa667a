import { mount } from 'svelte';

import './styles/tokens.css';
import './styles/app.css';
import './styles/popup.css';
import { dress } from './appearance.svelte';
import Popup from './features/incoming/Popup.svelte';
import { startPopup } from './features/incoming/start.svelte';

const target = document.getElementById('app');
void dress(null).then(() => {
  if (target) mount(Popup, { target });
  startPopup();
});
