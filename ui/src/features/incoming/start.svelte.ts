import { dress, onSystemTheme } from '../../appearance.svelte';
import { country, dayTime } from '../../shared/format';
import { agent } from '../../stores/agent.svelte';

/** What takes long the first time only is done before anybody rings. */
function warmUp(): void {
  const now = Date.now();
  country('CR');
  for (const days of [0, 2, 400]) dayTime(now - days * 86_400_000, now);
  for (const weight of [400, 500, 600]) void document.fonts.load(`${weight} 13px 'Geist Variable'`).catch(() => undefined);
}

/** Begins the pop-up: it shows calls and asks for nothing else. */
export function startPopup(): void {
  onSystemTheme(() => void dress(agent.preferences));
  $effect.root(() => {
    $effect(() => void dress(agent.preferences));
  });
  void agent.start({}).then(warmUp);
}
