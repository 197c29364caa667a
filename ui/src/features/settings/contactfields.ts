import type { ContactFieldKind } from '../../bindings/api';

/** Kinds of fields, in the order in which they are offered. */
export const KINDS: readonly ContactFieldKind[] = ['text', 'number', 'date', 'choice'];

/** A field while it is edited. */
export interface FieldRow {
  /** Of this row, for the screen only. */
  id: number;
  /** None until it is stored. */
  key: string | null;
  label: string;
  kind: ContactFieldKind;
  /** One a line. */
  choices: string;
  required: boolean;
}
