// @ts-check
/** Signing in and out. */

import { session, signIn, signOut, whoAmI } from "./api.js";
import { byId } from "./elements.js";
import { complain } from "./messages.js";

/** @import { Session } from "./records.js" */

/**
 * Find out who uses the page; where the service wants to know and nobody is signed in, show the
 * form until somebody is.
 *
 * @returns {Promise<Session>}
 */
export async function signedIn() {
  let told = await whoAmI();
  if (told.auth_required && told.client === null) told = await askForToken();
  show(told);
  return told;
}

/** Where a session ends while the page is open, the form comes up again. */
export function listenForEnd() {
  let asking = false;
  session.addEventListener("signed-out", async () => {
    if (asking) return;
    asking = true;
    show(await askForToken());
    asking = false;
    session.dispatchEvent(new Event("signed-in"));
  });
  byId("sign-out").addEventListener("click", async () => {
    try {
      await signOut();
      location.reload();
    } catch (error) {
      complain(error);
    }
  });
}

/** @param {Session} told */
function show(told) {
  byId("sign-out").hidden = !told.auth_required;
  byId("client").textContent = told.client ?? "";
}

/** @returns {Promise<Session>} */
function askForToken() {
  const form = byId("sign-in");
  const token = /** @type {HTMLInputElement} */ (byId("token"));
  const reason = byId("sign-in-reason");
  document.body.classList.add("signed-out");
  form.hidden = false;
  token.focus();
  return new Promise((done) => {
    form.onsubmit = async (event) => {
      event.preventDefault();
      reason.textContent = "";
      try {
        const told = await signIn(token.value.trim());
        token.value = "";
        form.hidden = true;
        document.body.classList.remove("signed-out");
        done(told);
      } catch (error) {
        reason.textContent = /** @type {Error} */ (error).message;
        token.select();
      }
    };
  });
}
