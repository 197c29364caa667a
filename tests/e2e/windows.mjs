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

/**
 * Drags a window by its very edge to where its top left then is about `to`. The press may come too soon after the window and
 * not be taken, so look, and press again as a person would.
 */
export async function drag(desk, window, to) {
  const stands = async () => (await visible(desk, window.width, window.height)).find(({ id }) => id === window.id) ?? window;
  const at = (x, y) => desk.run('xdotool', 'mousemove', String(x), String(y));
  const moved = async (from) => {
    // Step by step: the window manager takes over when the page asked it to.
    await desk.run('xdotool', 'mousemove_relative', '--', '-3', '-2');
    return (await stands()).x !== from.x;
  };
  return until('the window is dragged', async () => {
    const from = await stands();
    await at(from.x + 2, from.y + 19);
    await desk.run('xdotool', 'mousedown', '1');
    try {
      await until('the window follows', () => moved(from), 2_000);
      await at(to.x + 2, to.y + 19);
      return await until('the window is there', async () => {
        const now = await stands();
        return near(now, to) && now;
      });
    } finally {
      await desk.run('xdotool', 'mouseup', '1');
    }
  });
}

/** Whether two places are the same, but for what a window manager rounds and a drag begins with. */
export function near(one, other, by = 25) {
  return Math.abs(one.x - other.x) <= by && Math.abs(one.y - other.y) <= by;
}

/** The id of the active window. */
export async function active(desk) {
  return (await desk.run('sh', '-c', 'xdotool getactivewindow 2>/dev/null || true')).trim();
}

/** A property of a window as xprop prints it. */
export function property(desk, id, name) {
  return desk.run('xprop', '-id', id, name);
}
