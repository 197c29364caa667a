/** What an organisation's CRM requires of new records. */
import type { DescribeForm, RecordField, RecordFormView } from '../../src/bindings/api';

const TYPES = [{ id: '012S', name: 'Persona' }, { id: '012E', name: 'Empresa' }];

function field(name: string, label: string, takes: RecordField['takes'], rest: Partial<RecordField> = {}): RecordField {
  return { name, label, takes, required: true, default: null, fed_by: null, ...rest };
}

const RANK = field('Rank__c', 'Rango', { kind: 'choice', choices: [{ value: 'A', label: 'Alto' }, { value: 'B', label: 'Bajo' }] });
const LAST = field('LastName', 'Apellidos', { kind: 'text', max: 80 }, { fed_by: 'last_name' });
const EMAIL = field('Email', 'Correo electrónico', { kind: 'email' }, { fed_by: 'email' });
const SOURCE = field('LeadSource', 'Origen', { kind: 'choice', choices: [{ value: 'Phone', label: 'Teléfono' }, { value: 'Web', label: 'Web' }] }, { default: 'Phone' });
const SCORE = field('Score__c', 'Puntaje', { kind: 'number' });
const SINCE = field('Since__c', 'Cliente desde', { kind: 'date' });
const LIKES = field('Likes__c', 'Prefiere', { kind: 'choices', choices: ['Té', 'Pan', 'Café'].map((label) => ({ value: label, label })) }, { default: 'Pan' });
const FIRM_RANK = field('Rank__c', 'Rango', { kind: 'choice', choices: [{ value: 'B', label: 'Bajo' }, { value: 'C', label: 'Cero' }] });
const REASON = field('Reason__c', 'Motivo', { kind: 'text', max: 40 });

/** Calls that must have a reason; one that was refused had another. */
export const REASONED: RecordFormView = { record_types: [], record_type: null, fields: [REASON], values: [{ key: 'Reason__c', value: 'Otro' }], read_at_ms: 0 };

/** Leads have two record types and ask for an e-mail; contacts ask for nothing, unless one was refused, and calls for nothing. */
export function describeForm({ kind, record_type, push }: DescribeForm, now: number): RecordFormView {
  const none: RecordFormView = { record_types: [], record_type: null, fields: [LAST], values: [], read_at_ms: now };
  if (kind === 'activity') return { ...none, fields: [] };
  if (kind !== 'lead') return push ? { ...none, fields: [LAST, RANK] } : none;
  const fields = record_type === '012E' ? [LAST, FIRM_RANK, SCORE, SINCE, LIKES] : [LAST, EMAIL, RANK, SOURCE];
  return { record_types: TYPES, record_type: record_type ?? '012S', fields, values: [], read_at_ms: now };
}
