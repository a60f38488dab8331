// @ts-check
/** Signing in and out. */

import { session, signIn, signOut, whoAmI } from "./api.js";
import { byId } from "./elements.js";
import { complain } from "./messages.js";

/** @import { Session } from "./records.js" */

/**
 * Find out who uses the page; where the service wants to know and nobody is signed in, show the
 * form. Once a token is accepted, `session` tells `signed-in`.
 *
 * @returns {Promise<Session | null>} `null` where the form is shown
 */
export async function signedIn() {
  const told = await whoAmI();
  if (told.auth_required && told.client === null) {
    showForm();
    return null;
  }
  byId("sign-out").hidden = !told.auth_required;
  byId("client").textContent = told.client ?? "";
  return told;
}

/** Listen to the form, which comes up again where a session ends while the page is open. */
export function listenForSigning() {
  session.addEventListener("signed-out", showForm);
  byId("sign-in").addEventListener("submit", (event) => {
    event.preventDefault();
    void send();
  });
  byId("sign-out").addEventListener("click", async () => {
    try {
      await signOut();
      sessionStorage.clear(); // whoever is next has seen none of the films
      location.reload();
    } catch (error) {
      complain(error);
    }
  });
}

function showForm() {
  if (!byId("sign-in").hidden) return;
  document.body.classList.add("signed-out");
  byId("sign-in").hidden = false;
  byId("token").focus();
}

async function send() {
  const token = /** @type {HTMLInputElement} */ (byId("token"));
  const reason = byId("sign-in-reason");
  reason.textContent = "";
  try {
    await signIn(token.value.trim());
  } catch (error) {
    reason.textContent = /** @type {Error} */ (error).message;
    token.select();
    return;
  }
  token.value = "";
  byId("sign-in").hidden = true;
  document.body.classList.remove("signed-out");
  session.dispatchEvent(new Event("signed-in"));
}
