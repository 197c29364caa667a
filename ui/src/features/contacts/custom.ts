import type { ContactField, FieldValue } from '../../bindings/api';
import { number, wholeDay } from '../../shared/format';
import { kept } from '../../shared/kept';

const ISO_DAY = /^(\d{4})-(\d{2})-(\d{2})$/;

/** All values of the fields that are defined; an empty one is left out. */
export function values(fields: readonly ContactField[], typed: Readonly<Record<string, string>>): FieldValue[] {
  return fields.map((field) => ({ key: field.key, value: kept(field, typed[field.key] ?? '') })).filter((one) => one.value !== '');
}

/** A value for the eye: numbers and days as the language writes them. */
export function shown(field: ContactField, value: string): string {
  if (field.kind === 'number' && /^-?\d{1,15}(\.\d{1,6})?$/.test(value)) return number(Number(value), value.split('.')[1]?.length ?? 0);
  const day = field.kind === 'date' ? ISO_DAY.exec(value) : null;
  return day ? wholeDay(new Date(Number(day[1]), Number(day[2]) - 1, Number(day[3])).getTime()) : value;
}

/** A key for a new field, made of its name; none of the keys that there are. */
export function keyFor(label: string, taken: readonly string[]): string {
  const plain = label.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/[^a-z0-9]+/g, '_').slice(0, 34).replace(/^_+|_+$/g, '') || 'field';
  let key = plain;
  for (let n = 2; taken.includes(key); n++) key = `${plain}_${n}`;
  return key;
}
