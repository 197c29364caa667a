import { mount } from 'svelte';

import './styles/tokens.css';
import './styles/app.css';
import './styles/popup.css';
import Popup from './features/incoming/Popup.svelte';
import { startPopup } from './features/incoming/start.svelte';

const target = document.getElementById('app');
if (target) mount(Popup, { target });
startPopup();
