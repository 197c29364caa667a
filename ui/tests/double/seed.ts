/** People and calls of the tests: fictitious, as in the drawings. */
import type { CardRow, ContactView, Direction, LineView } from '../../src/bindings/api';

let ids = 0;

/** A UUID that sorts by age. */
export function uuid(): string {
  return `01930000-0000-7000-8000-${String(++ids).padStart(12, '0')}`;
}

export const ACCOUNT = uuid();

const LINES: Record<string, [number: string, color: string]> = {
  'Soporte técnico': ['2555 0118', '#7C4DBC'],
  'Ventas Costa Rica': ['2555 0122', '#0E8A7D'],
  'Ventas México': ['55 5550 0100', '#3569C9'],
  Cobros: ['2555 0140', '#D9822B'],
  'Línea gratuita 800': ['800 555 0199', '#C2417A'],
};

export function line(center: string): LineView {
  const [called_number, color] = LINES[center] ?? [null, null];
  return { account: ACCOUNT, label: '8572370', called_number, call_center: center, color };
}

type Person = [first: string, last: string, company: string, phone: string | null, email: string | null, vip?: boolean, lead?: boolean];

const PEOPLE: Person[] = [
  ['Patricia', 'Salas Corrales', 'Clínica Santa Rita', '+506 2555 0142', 'psalas@clinicasantarita.example', true],
  ['Jorge', 'Ureña Mata', 'Clínica Santa Rita', '+506 2555 0142', null],
  ['Farmacia', 'Central', 'Farmacia Central', '+506 2555 0142', null],
  ['Marcela', 'Quesada Ulate', 'Ferretería El Yunque', '+506 8555 0117', 'marcela@elyunque.example', true],
  ['Daniel', 'Rojas Peña', 'Grupo Altamar', '+52 55 5550 0134', 'drojas@altamar.example'],
  ['Andrés', 'Villalobos Soto', 'Transportes Brunca', '+506 8555 0190', null],
  ['Rebeca', 'Solano Arce', 'Panadería La Central', '+506 7055 5120', null, true],
  ['Tomás', 'Benavides', 'Interno', 'ext. 231', null],
  ['Inés', 'Cordero Vindas', 'Hotel Bahía Salinas', '+506 2655 5077', null],
  ['Guillermo', 'Matarrita', 'Obras Matarrita', '+506 6055 5012', 'gmatarrita@obra.example', false, true],
  ['Lorena', 'Fallas Ugalde', 'Cooperativa Dos Ríos', '+506 2255 5064', null],
  ['José Carlos', 'Arrieta', 'Lácteos Poás', null, 'jcarrieta@lacteos.example'],
  ['Valeria', 'Huamán Ríos', 'Minera Andes Sur', '+51 955 550 112', null],
  ['Camila', 'Restrepo Gil', 'Textiles del Valle', '+57 602 555 0110', 'crestrepo@textiles.example'],
  ['Hernán', 'Restrepo', '', '+57 310 555 0199', 'hrestrepo@correo.example', false, true],
  ['Clínica', 'Santa Rita', 'Clínica Santa Rita', '+506 2555 0108', null],
  ['Karla', 'Artavia Rojas', 'Óptica Central', '+506 2555 5093', null],
];

export function e164(number: string | null): string | null {
  const digits = number?.replace(/[^\d+]/g, '') ?? '';
  return digits.startsWith('+') ? digits : null;
}

function person([first_name, last_name, company, phone, email, vip = false, lead = false]: Person, at: number, now: number): ContactView {
  const id = uuid();
  const channels: ContactView['channels'] = [];
  if (phone) channels.push({ id: uuid(), kind: /^\+506 [678]/.test(phone) ? 'mobile' : 'phone', raw: phone, display: phone, e164: e164(phone), extension: phone.startsWith('ext') ? phone.slice(5) : null });
  if (email) channels.push({ id: uuid(), kind: 'email', raw: email, display: email, e164: null, extension: null });
  return {
    brief: {
      id, kind: lead ? 'lead' : 'contact', name: `${first_name} ${last_name}`, initials: (first_name[0] ?? '') + (last_name[0] ?? ''), company: company || null, vip, phone, email,
      last_call_at_ms: at < 9 ? now - at * 5_400_000 - 600_000 : at < 14 ? now - at * 86_400_000 : null,
      last_disposition: ['interested', 'satisfied', null, 'interested', null, 'do_not_call_again'][at] ?? null, do_not_call: at === 5, demo: false,
    },
    first_name, last_name, company, document_kind: at === 3 ? 'cedula' : null, document_number: at === 3 ? '1-1555-0117' : null, channels,
    addresses: at === 3 ? [
      { id: uuid(), street: 'Avenida 10', number: 'calle 24', complement: 'local 3', district: '', city: 'San José', region: '', postal_code: '10101', country: 'CR', reference: 'Frente al mercado' },
      { id: uuid(), street: 'Ruta 3', number: '', complement: '', district: '', city: 'Alajuela', region: '', postal_code: '', country: 'CR', reference: '400 m oeste del puente' },
    ] : [],
    custom: [],
    records: [],
    edits: [],
    rev: 1,
  };
}

export function people(now: number, count: number): ContactView[] {
  const all = PEOPLE.map((one, at) => person(one, at, now));
  for (let at = all.length; at < count; at++) all.push(person([`Persona ${at}`, `Número ${at}`, `Empresa ${at % 97}`, `+506 2${String(at).padStart(7, '0')}`, null], at, now));
  return all;
}

type Call = [hours: number, direction: Direction, missed: boolean, number: string, country: string | null, center: string, s: number, who: number | null, state: CardRow['state'], sync: CardRow['sync']];

const CALLS: Call[] = [
  [0.16, 'incoming', false, '+506 2555 0142', 'CR', 'Soporte técnico', 128, null, 'unsaved', 'none'],
  [0.38, 'incoming', true, '+506 8555 0117', 'CR', 'Ventas Costa Rica', 0, 3, 'not_needed', 'none'],
  [0.73, 'outgoing', false, '+52 55 5550 0134', 'MX', 'Ventas México', 342, 4, 'unsaved', 'none'],
  [1.02, 'incoming', false, '+57 310 555 0163', 'CO', 'Línea gratuita 800', 61, null, 'unsaved', 'none'],
  [1.76, 'incoming', false, '+506 8555 0190', 'CR', 'Soporte técnico', 214, 5, 'saved', 'waiting'],
  [2.03, 'outgoing', false, '+506 2555 0108', 'CR', 'Cobros', 96, 15, 'saved', 'this_computer'],
  [3.34, 'incoming', false, '+506 7055 5120', 'CR', 'Ventas Costa Rica', 487, 6, 'saved', 'sent'],
  [20.9, 'incoming', true, '+506 6055 5031', 'CR', 'Cobros', 0, null, 'not_needed', 'none'],
  [23.3, 'incoming', false, 'ext. 231', null, 'Soporte técnico', 19, 7, 'unsaved', 'none'],
  [23.87, 'outgoing', false, '+506 2555 5093', 'CR', 'Ventas Costa Rica', 88, 16, 'unsaved', 'none'],
  [30, 'outgoing', false, '+506 2255 5064', 'CR', 'Cobros', 302, 10, 'saved', 'stuck'],
  [52, 'incoming', false, '+51 955 550 112', 'PE', 'Línea gratuita 800', 158, 12, 'expired', 'none'],
  [54, 'incoming', false, '+506 2655 5077', 'CR', 'Soporte técnico', 731, 8, 'dismissed', 'none'],
];

const DAY_MS = 86_400_000;

export function calls(now: number, contacts: ContactView[], more: number): CardRow[] {
  const all = [...CALLS];
  for (let at = 0; at < more; at++) all.push([60 + at, at % 2 ? 'incoming' : 'outgoing', false, `+506 2${String(at).padStart(7, '0')}`, 'CR', 'Cobros', at, null, 'saved', 'sent']);
  return all.map(([hours, direction, missed, number, country, center, duration_s, who, state, sync]) => {
    const started_at_ms = now - Math.round(hours * 3_600_000);
    const holders = contacts.filter((one) => one.channels.some((channel) => channel.display === number));
    return {
      call: uuid(), direction, missed, party: { number, e164: e164(number), country, network_name: null }, line: line(center), own_number: direction === 'incoming' ? (line(center).called_number ?? '') : '8572370',
      contact: who === null ? null : (contacts[who]?.brief ?? null), possible_contacts: who === null ? holders.length : 0, started_at_ms, duration_s, state, has_draft: false,
      expires_at_ms: state === 'unsaved' ? started_at_ms + DAY_MS : null, sync, pushes: [],
      end: { cause: missed ? 'cancelled' : 'normal', sip_code: missed ? 487 : null, by: 'remote' }, disposition: state !== 'saved' ? null : who === 6 ? 'call_back' : 'satisfied', recorded: false, demo: false,
    };
  });
}
