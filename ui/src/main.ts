import { mount } from 'svelte';

import './styles/tokens.css';
import './styles/app.css';
import './styles/views.css';
import App from './features/shell/App.svelte';
import { start } from './start.svelte';

const target = document.getElementById('app');
if (target) mount(App, { target });
start();
