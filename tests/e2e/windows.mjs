// What the window manager and the pointer know of windows.
import { until } from './process.mjs';

/** Ids of the mapped windows of the app with this size, or of all sizes. */
export async function visible(desk, width, height) {
  const out = await desk.run('sh', '-c', 'xdotool search --onlyvisible --class timbre 2>/dev/null || true');
  const ids = out.split('\n').filter(Boolean);
  const found = [];
  for (const id of ids) {
    const text = await desk.run('sh', '-c', `xdotool getwindowgeometry --shell ${id} 2>/dev/null || true`);
    const facts = Object.fromEntries(text.split('\n').filter(Boolean).map((line) => line.split('=')));
    const window = { id, x: Number(facts.X), y: Number(facts.Y), width: Number(facts.WIDTH), height: Number(facts.HEIGHT) };
    if (window.width > 50 && (width === undefined || (window.width === width && window.height === height))) found.push(window);
  }
  return found;
}

/** Waits for the ringing pop-up. */
export async function ringing(desk) {
  const [popup] = await until('the pop-up is there', async () => {
    const found = await visible(desk, 400, 260);
    return found.length > 0 && found;
  });
  return popup;
}

/**
 * Presses «Contestar» by the pointer, as the agent does: the driver cannot reach a window that shares its web process with
 * another. A click that comes too soon after the pop-up is not taken, so look, and click again as a person would.
 */
export function answer(desk, popup) {
  const gone = async () => (await visible(desk, 400, 260)).length === 0;
  return until('the pop-up is answered', async () => {
    await desk.run('xdotool', 'mousemove', String(popup.x + 110), String(popup.y + popup.height - 35), 'click', '1');
    return until('the click is taken', gone, 1_000);
  });
}

/** The id of the active window. */
export async function active(desk) {
  return (await desk.run('sh', '-c', 'xdotool getactivewindow 2>/dev/null || true')).trim();
}

/** A property of a window as xprop prints it. */
export function property(desk, id, name) {
  return desk.run('xprop', '-id', id, name);
}
