// @ts-check
/**
 * What the address says behind `#`, which browsers tell no service: names of films stay out of the
 * logs. `#/films/ID?show=verdict:none&sort=urgency&search=ward` is a film, and what the list beside
 * it is narrowed to.
 */

/** @typedef {{show: string, sort: string, search: string}} Wanted */

/** All films, the newest first. @type {Wanted} */
export const ALL = { show: "", sort: "newest", search: "" };

/** @param {string} film the id of one, or "" for none @param {Wanted} wanted */
export function addressOf(film, wanted) {
  const said = new URLSearchParams();
  for (const name of /** @type {(keyof Wanted)[]} */ (Object.keys(ALL))) {
    if (wanted[name] !== ALL[name]) said.set(name, wanted[name]);
  }
  const query = String(said);
  return `#/${film && `films/${film}`}${query && `?${query}`}`;
}

/**
 * What a fragment says, which need not make sense; `null` where it is none of ours.
 *
 * @param {string} fragment
 * @returns {{film: string, said: [name: string, value: string][]} | null}
 */
export function readAddress(fragment) {
  if (!fragment) return { film: "", said: [] };
  const found = fragment.match(/^#\/(?:films\/(\w+))?(?:\?(.*))?$/s);
  return found && { film: found[1] ?? "", said: [...new URLSearchParams(found[2])] };
}
