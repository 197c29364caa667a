import type { Commands, NetworkView } from '../../src/bindings/api';

type Handlers = { [N in 'network' | 'save_network']: (request: Commands[N]['request']) => Commands[N]['view'] };

/** The way out of the agent's double: certificates tell themselves whether they are good. */
export function network(): Handlers {
  let now: NetworkView = { network: { proxy: { by: 'system' }, authority: null }, has_login: false, authorities: [] };
  return {
    network: () => now,
    save_network: ({ network, login }) => {
      const { authority, proxy } = network;
      if (authority && !authority.includes('BEGIN CERTIFICATE')) return { result: 'refused', fault: { fault: 'no_certificate' } };
      if (authority?.includes('old')) return { result: 'refused', fault: { fault: 'expired', at_ms: Date.UTC(2024, 4, 1, 12) } };
      if (proxy.by === 'own' && proxy.address.includes('@')) return { result: 'refused', fault: { fault: 'address' } };
      const has_login = login ? login.user !== '' : now.has_login && JSON.stringify(proxy) === JSON.stringify(now.network.proxy);
      now = { network, has_login, authorities: authority ? [{ name: 'Altura Root', ends_at_ms: Date.UTC(2040, 0, 1, 12) }] : [] };
      return { result: 'saved', view: now, script_reached: proxy.by !== 'script' || !proxy.place.includes('gone') };
    },
  };
}
