/** Colleagues as the agent keeps them, one of each state. */
import type { ColleagueView, Commands, ErrorCode, EventBody } from '../../src/bindings/api';
import { ACCOUNT, uuid } from './seed.ts';

const one = (name: string, target: string, rest: Partial<ColleagueView>): ColleagueView => ({ id: uuid(), name, account: ACCOUNT, target, state: 'unknown', presence: null, call: null, can_pick_up: false, ...rest });

export const COLLEAGUES: ColleagueView[] = [
  one('Jorge Ureña', '231', { state: 'free' }),
  one('Jorgelina Castro', '240', { state: 'busy', call: { calls: true, number: '+506 8555 0117', name: null } }),
  one('Daniela Rojas Peña', '244', { state: 'ringing', can_pick_up: true, call: { calls: false, number: '+506 2222 0108', name: 'Clínica Santa Rita' } }),
  one('Marco Solís', 'sip:marco@otra.example', {}),
  one('Paula Vega', '250', { state: 'free', presence: { reachable: 'away', note: 'Almuerzo' } }),
];

interface Agent {
  snapshot: { colleagues: { list: ColleagueView[] } };
  emit(body: EventBody): void;
  begin(direction: 'outgoing', number: string): string;
}

type Answers = Pick<{ [N in keyof Commands]: (request: Commands[N]['request']) => Commands[N]['view'] }, 'save_colleagues' | 'pick_up_colleague'>;

export function colleagueAnswers(agent: Agent, refuse: (code: ErrorCode, detail: string) => never): Answers {
  return {
    save_colleagues: ({ list }) => {
      list.forEach(({ name, target }, at) => {
        if (name === '') refuse('required', `name.${at}`);
        if (!/^[\w@:.+*#-]+$/.test(target)) refuse(target === '' ? 'required' : 'invalid', `target.${at}`);
      });
      const old = agent.snapshot.colleagues.list;
      const colleagues = { list: list.map(({ id, name, account, target }) => ({ ...(old.find((known) => known.id === id) ?? one(name, target, {})), name, account, target })) };
      agent.snapshot.colleagues = colleagues;
      agent.emit({ kind: 'colleagues', value: colleagues });
      return colleagues;
    },
    pick_up_colleague: ({ colleague }) => {
      const known = agent.snapshot.colleagues.list.find((other) => other.id === colleague) ?? refuse('not_found', 'colleague');
      if (!known.can_pick_up) refuse('wrong_state', 'colleague');
      return { outcome: 'started', call: agent.begin('outgoing', known.call?.number ?? '') };
    },
  };
}
