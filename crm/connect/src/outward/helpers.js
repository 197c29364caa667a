// What a proxy script may use, as developer.mozilla.org describes it («Proxy Auto-Configuration (PAC) file»).
// dnsResolve and myIpAddress are the program's own.
'use strict';
((scope) => {
  const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
  const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
  const lower = (text) => String(text).toLowerCase();

  const bytes = (text) => {
    const found = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
    if (!found) return null;
    const parts = found.slice(1).map(Number);
    return parts.every((part) => part < 256) ? parts : null;
  };
  const number = (text) => {
    const parts = bytes(text);
    return parts ? parts.reduce((sum, part) => sum * 256 + part, 0) : 0;
  };

  const resolve = scope.dnsResolve;
  scope.dnsResolve = (host) => resolve(String(host)) ?? null;
  scope.isPlainHostName = (host) => !/[.:]/.test(host);
  scope.dnsDomainIs = (host, domain) => lower(host).endsWith(lower(domain));
  scope.localHostOrDomainIs = (host, whole) => lower(host) === lower(whole) || (!String(host).includes('.') && lower(whole).startsWith(`${lower(host)}.`));
  scope.isResolvable = (host) => scope.dnsResolve(host) !== null;
  scope.convert_addr = number;
  scope.isInNet = (host, pattern, mask) => {
    const address = bytes(host) ? host : scope.dnsResolve(host);
    if (address === null || !bytes(pattern) || !bytes(mask)) return false;
    const [of, net, bits] = [bytes(address), bytes(pattern), bytes(mask)];
    return of !== null && of.every((part, at) => (part & bits[at]) === (net[at] & bits[at]));
  };
  scope.dnsDomainLevels = (host) => String(host).split('.').length - 1;
  scope.shExpMatch = (text, pattern) => {
    const parts = String(pattern).replace(/[\\^$.+()[\]{}|/]/g, '\\$&').replaceAll('*', '[^]*').replaceAll('?', '[^]');
    return new RegExp(`^${parts}$`).test(text);
  };
  scope.alert = () => undefined;

  // The last argument may say that the others are meant in UTC.
  const clock = (given) => {
    const utc = given.length > 0 && given[given.length - 1] === 'GMT';
    const now = new Date();
    const part = (name) => (utc ? now[`getUTC${name}`]() : now[`get${name}`]());
    return { rest: utc ? given.slice(0, -1) : given, part };
  };
  // A range whose end lies before its beginning reaches around.
  const within = (from, now, to) => (from <= to ? from <= now && now <= to : now >= from || now <= to);

  scope.weekdayRange = (...given) => {
    const { rest, part } = clock(given);
    const [from, to] = rest.map((day) => DAYS.indexOf(String(day).toUpperCase()));
    if (rest.length === 0 || from < 0 || to < 0) return false;
    return within(from, part('Day'), to ?? from);
  };

  // Days, months and years stand apart by what they are; what is said once holds for both ends.
  scope.dateRange = (...given) => {
    const { rest, part } = clock(given);
    const kind = (value) => (typeof value === 'string' ? (/^\d+$/.test(value) ? kind(Number(value)) : 'month') : value > 31 ? 'year' : 'day');
    const size = rest.length > 1 && rest.length % 2 === 0 && rest.slice(0, rest.length / 2).every((value, at) => kind(value) === kind(rest[at + rest.length / 2])) ? rest.length / 2 : rest.length;
    if (size === 0 || size > 3) return false;
    const read = (values) => Object.fromEntries(values.map((value) => [kind(value), kind(value) === 'month' ? MONTHS.indexOf(value.toUpperCase()) : Number(value)]));
    const [from, to] = [read(rest.slice(0, size)), read(rest.slice(rest.length - size))];
    const now = { year: part('FullYear'), month: part('Month'), day: part('Date') };
    const place = (of) => ['year', 'month', 'day'].reduce((sum, name) => sum * 100 + (name in from ? (of[name] ?? 0) - (name === 'year' ? 1900 : 0) : 0), 0);
    if (from.month < 0 || to.month < 0) return false;
    return 'year' in from ? place(from) <= place(now) && place(now) <= place(to) : within(place(from), place(now), place(to));
  };

  scope.timeRange = (...given) => {
    const { rest, part } = clock(given);
    const values = rest.map(Number);
    const now = (part('Hours') * 60 + part('Minutes')) * 60 + part('Seconds');
    const at = (hour, minute, second) => (hour * 60 + minute) * 60 + second;
    switch (values.length) {
      case 1:
        return part('Hours') === values[0];
      case 2:
        return within(at(values[0], 0, 0), now, at(values[1], 59, 59));
      case 4:
        return within(at(values[0], values[1], 0), now, at(values[2], values[3], 59));
      case 6:
        return within(at(...values.slice(0, 3)), now, at(...values.slice(3)));
      default:
        return false;
    }
  };
})(globalThis);
