import { dress, onSystemTheme } from '../../appearance.svelte';
import { agent } from '../../stores/agent.svelte';

/** Begins the pop-up: it shows calls and asks for nothing else. */
export function startPopup(): void {
  dress(null);
  onSystemTheme(() => dress(agent.preferences));
  $effect.root(() => {
    $effect(() => dress(agent.preferences));
  });
  void agent.start({});
}
