// @ts-check
/**
 * What the address says behind `#`, which browsers tell no service: names of films stay out of the
 * logs. `#/films/ID?show=verdict:none&sort=urgency&search=ward` is a film, and what the list beside
 * it is narrowed to; `#/report/ID` its report.
 */

/** @typedef {{show: string, sort: string, search: string}} Wanted */

/** All films, the newest first. @type {Wanted} */
export const ALL = { show: "", sort: "newest", search: "" };

/** A film, or its report; `film` is "" for none.
 * @typedef {{film: string, isReport: boolean}} Place */

/** @param {Place} place @param {Wanted} wanted */
export function addressOf({ film, isReport }, wanted) {
  const said = new URLSearchParams();
  for (const name of /** @type {(keyof Wanted)[]} */ (Object.keys(ALL))) {
    if (wanted[name] !== ALL[name]) said.set(name, wanted[name]);
  }
  const query = String(said);
  return `#/${film && `${isReport ? "report" : "films"}/${film}`}${query && `?${query}`}`;
}

/**
 * What a fragment says, which need not make sense; `null` where it is none of ours.
 *
 * @param {string} fragment
 * @returns {Place & {said: [name: string, value: string][]} | null}
 */
export function readAddress(fragment) {
  if (!fragment) return { film: "", isReport: false, said: [] };
  const found = fragment.match(/^#\/(?:(films|report)\/(\w+))?(?:\?(.*))?$/s);
  return (
    found && {
      film: found[2] ?? "",
      isReport: found[1] === "report",
      said: [...new URLSearchParams(found[3])],
    }
  );
}
