// What the window manager and the pointer know of windows.

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

/** The id of the active window. */
export async function active(desk) {
  return (await desk.run('sh', '-c', 'xdotool getactivewindow 2>/dev/null || true')).trim();
}

/** A property of a window as xprop prints it. */
export function property(desk, id, name) {
  return desk.run('xprop', '-id', id, name);
}
