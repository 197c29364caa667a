/** The field that somebody writes in, kept while its view gives way to another one that has the same field. */
interface Kept {
  name: string;
  from: number | null;
  to: number | null;
}

let kept: Kept | null = null;

/** To be called before a view goes: notes the field that has the focus. */
export function noteField(): void {
  const at = document.activeElement;
  const writes = at instanceof HTMLTextAreaElement || at instanceof HTMLInputElement;
  const name = writes ? at.id || at.name : '';
  kept = writes && name ? { name, from: at.selectionStart, to: at.selectionEnd } : null;
}

/** To be called when a view has come: the same field has the focus again, unless something else has it by now. */
export function returnToField(): void {
  if (!kept || document.activeElement !== document.body) return;
  const name = CSS.escape(kept.name);
  const field = document.querySelector<HTMLInputElement | HTMLTextAreaElement>(`:is(input, textarea):is(#${name}, [name="${name}"])`);
  if (!field) return;
  field.focus();
  field.setSelectionRange(kept.from, kept.to);
  kept = null;
}
