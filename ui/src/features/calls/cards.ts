export { default as CardDetail } from './CardDetail.svelte';
export { default as LiveView } from './LiveView.svelte';
