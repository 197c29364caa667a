/** «Campos personalizados» as the agent takes them, and some to be shown. */
import type { ContactField, ContactFields, ErrorCode, FieldValue } from '../../src/bindings/api';

type Refuse = (code: ErrorCode, detail: string) => never;

export const FIELDS: ContactField[] = [
  { key: 'interes', label: 'Interés', kind: 'text', choices: [], required: false },
  { key: 'limite', label: 'Límite de crédito', kind: 'number', choices: [], required: false },
  { key: 'cliente_desde', label: 'Cliente desde', kind: 'date', choices: [], required: false },
  { key: 'nivel', label: 'Nivel', kind: 'choice', choices: ['Oro', 'Plata', 'Bronce'], required: true },
];

export const VALUES: FieldValue[] = [
  { key: 'nivel', value: 'Oro' }, { key: 'limite', value: '1250000.5' }, { key: 'cliente_desde', value: '2021-03-09' }, { key: 'retirado', value: 'de un campo que ya no está' },
];

function fits({ kind, choices }: ContactField, value: string): boolean {
  if (kind === 'number') return /^-?\d+(\.\d+)?$/.test(value);
  if (kind === 'date') return /^\d{4}-\d{2}-\d{2}$/.test(value) && new Date(`${value}T00:00:00Z`).toJSON()?.startsWith(value);
  return kind === 'text' || choices.includes(value);
}

/** The values after a form: of fields that are not defined any more what there was, too. */
export function takeValues(fields: ContactField[], old: FieldValue[], sent: FieldValue[], refuse: Refuse): FieldValue[] {
  fields.forEach((field, at) => {
    const value = sent.find((one) => one.key === field.key)?.value ?? '';
    if (value === '' && field.required) refuse('required', `custom.${at}`);
    if (value !== '' && !fits(field, value)) refuse('invalid', `custom.${at}`);
  });
  const defined = (one: FieldValue) => fields.some((field) => field.key === one.key);
  return [...sent.filter(defined), ...old.filter((one) => !defined(one))];
}

export function checkFields({ list }: ContactFields, refuse: Refuse): void {
  list.forEach((field, at) => {
    if (field.kind === 'choice' && field.choices.length === 0) refuse('required', `choices.${at}`);
    if (!/^[a-z0-9_]{1,40}$/.test(field.key) || list.findIndex((one) => one.key === field.key) < at) refuse('invalid', `key.${at}`);
    if (field.label === '') refuse('required', `label.${at}`);
  });
}
