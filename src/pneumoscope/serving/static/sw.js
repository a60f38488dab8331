// @ts-check
/**
 * The page while its service is away. The service is asked first, always; what is kept here is shown
 * where it does not answer, and is the page with its scripts, styles and drawings alone: never a
 * film, a finding, or anything else below /v1.
 *
 * The service writes a line before these, `self.shell`: the files that belong together, with their
 * digests. Another version of any file is another line, for which a browser fetches all of them. A
 * page that is shown from here asks for its files below an address that has their version in it, and
 * gets those or none: files of two versions never mix.
 */

/** @typedef {{version: string, files: Record<string, string>}} Shell */

const worker = /** @type {ServiceWorkerGlobalScope & {shell: Shell}} */ (/** @type {unknown} */ (self));

const { version, files } = worker.shell;
const { scope } = worker.registration;
const PREFIX = `pneumoscope ${scope} `; // others of this origin keep files too
const NAME = PREFIX + version;
const KEPT = "static/kept/";
const PATIENCE = 10_000; // milliseconds

worker.addEventListener("install", (event) => {
  void worker.skipWaiting(); // nothing of an open page comes from here any more
  event.waitUntil(keep());
});

worker.addEventListener("activate", (event) => event.waitUntil(forgetOthers()));

worker.addEventListener("fetch", (event) => {
  const { mode, url } = event.request;
  const path = url.startsWith(scope) ? url.slice(scope.length).replace(/[?#].*$/, "") : null;
  if (mode === "navigate" && path === "") event.respondWith(page(event.request));
  else if (path?.startsWith(KEPT)) event.respondWith(kept(path.slice(KEPT.length)));
  // All else goes its way as if this were not here.
});

/** Keep all files, or none: the install fails, and comes again with the next visit. */
async function keep() {
  const cache = await caches.open(NAME);
  try {
    await Promise.all(
      Object.entries(files).map(async ([path, digest]) => {
        const answer = await fetch(new URL(path, scope), { cache: "no-cache" });
        const bytes = await answer.clone().arrayBuffer();
        if (!answer.ok || (await sha256(bytes)) !== digest) throw new Error(`another ${path} was expected`);
        await cache.put(new URL(path, scope), answer);
      }),
    );
  } catch (error) {
    await caches.delete(NAME);
    throw error;
  }
}

async function forgetOthers() {
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && name !== NAME) await caches.delete(name);
  }
}

/** The page from the service, or what is kept of it. @param {Request} request */
async function page(request) {
  try {
    const answer = await Promise.race([fetch(request), tooLong()]);
    if (answer.status !== 502 && answer.status !== 504) return answer; // those are of a proxy alone
  } catch {
    // The service does not answer, as the page will find out and say.
  }
  const whole = await (await caches.open(NAME)).match(scope);
  if (!whole) return Response.error();
  // But for the manifest, which tells where the page is by where it lies itself.
  const text = (await whole.text()).replaceAll(/"static\/(?!manifest)/g, `"${KEPT}${version}/`);
  return new Response(text, { headers: whole.headers });
}

/** @returns {Promise<never>} */
const tooLong = () => new Promise((_, fail) => setTimeout(() => fail(new Error("no answer")), PATIENCE));

/** A file of the page that is kept. @param {string} place its version and its path */
async function kept(place) {
  const [asked, ...path] = place.split("/");
  if (asked !== version) return Response.error();
  const file = await (await caches.open(NAME)).match(new URL(`static/${path.join("/")}`, scope));
  if (!file) return Response.error();
  // Without the address it came from, which its imports would go by.
  return new Response(file.body, { headers: file.headers });
}

/** @param {ArrayBuffer} bytes */
async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
