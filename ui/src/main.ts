import { mount } from 'svelte';

import './styles/tokens.css';
import './styles/app.css';
import './styles/views.css';
import { dress } from './appearance.svelte';
import App from './features/shell/App.svelte';
import { start } from './start.svelte';

const target = document.getElementById('app');
void dress(null).then(() => {
  if (target) mount(App, { target });
  start();
});
