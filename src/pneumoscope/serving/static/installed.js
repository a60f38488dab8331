// @ts-check
/** The page as something that is installed, and that comes up while its service is away (`sw.js`). */

/** Whether this page is the one that was kept, since the service did not answer. */
export const isKept = import.meta.url.includes("/static/kept/");

/** Have the page kept, where browsers allow that: on this machine, and over https. */
export function keepPage() {
  // A certificate that the browser was told to take all the same is not enough for it; the page
  // then is what it is everywhere else.
  navigator.serviceWorker?.register("sw.js", { updateViaCache: "none" }).catch(() => {});
}
