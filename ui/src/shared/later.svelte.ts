/** What is read when it is needed first and stays from then on: what nobody has opened takes no memory. */
export function later<T>(needed: () => boolean, read: () => Promise<T>): { readonly now: T | null } {
  let now = $state.raw<T | null>(null);
  let asked = false;
  $effect.pre(() => {
    if (asked || !needed()) return;
    asked = true;
    void read().then((part) => (now = part));
  });
  return {
    get now() {
      return now;
    },
  };
}
