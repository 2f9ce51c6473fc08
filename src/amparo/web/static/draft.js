/* A worksheet, a decision or a ruling that is kept as one types: two seconds after the last letter,
 * and before one leaves: when the page is hidden, after which a phone may say no more of it, and when
 * it goes.
 *
 * It says with each what the page shows, so that it erases nothing that another window kept.
 * Without script it is kept with each step. SPDX-License-Identifier: Apache-2.0 */

const AFTER = 2000;
const form = document.querySelector("form[data-draft]");
const state = form?.querySelector("[data-draft-state]");
let waiting = 0;
let sending = null;
let unanswered = []; // what was sent, newest last, until it is known what the page shows of it
const MOST_UNANSWERED = 3; // as many as the node looks at

function keep() {
  clearTimeout(waiting);
  waiting = 0;
  const mine = (sending ?? Promise.resolve()).then(send).then(() => {
    if (sending === mine) sending = null;
  });
  sending = mine;
}

/* What is typed, and what may have arrived of it: by that, what is deleted meanwhile stays deleted. */
function typed() {
  const body = new FormData(form);
  body.set("go", "keep");
  unanswered.forEach((sent) => body.append("sending", sent));
  return body;
}

/* Lines end as in the form itself. */
function encoded(body) {
  const fields = [...body].filter(([name]) => name !== "sending");
  return new URLSearchParams(fields.map(([name, value]) => [name, value.replace(/\r?\n/g, "\r\n")])).toString();
}

async function send() {
  const body = typed();
  try {
    unanswered = [...unanswered, encoded(body)].slice(-MOST_UNANSWERED);
    const answer = await fetch(form.action, { method: "POST", body });
    if (!answer.ok) throw new Error(answer.statusText);
    form.elements.shown.value = answer.headers.get("draft-shown");
    unanswered = [];
    state.textContent = `${form.dataset.kept} ${new Date().toLocaleTimeString()}`;
  } catch {
    state.textContent = form.dataset.unkept;
  }
}

function keepSoon() {
  clearTimeout(waiting);
  waiting = setTimeout(keep, AFTER);
}

/* On a slow line one types before this file is there, and nothing says so afterwards. */
function typedBefore() {
  return [...form.querySelectorAll("input, textarea")].some(
    (field) => field.value !== field.defaultValue || field.checked !== field.defaultChecked,
  );
}

form?.addEventListener("input", keepSoon);
if (form && typedBefore()) keepSoon();
form?.addEventListener("submit", async (event) => {
  clearTimeout(waiting);
  waiting = 0;
  if (!sending) return;
  event.preventDefault(); // what is on its way comes first, and what it shows goes along
  await sending;
  sending = null;
  form.requestSubmit(event.submitter);
});
document.addEventListener("visibilitychange", () => {
  if (waiting && document.visibilityState === "hidden") keep();
});
addEventListener("pagehide", () => {
  if (!waiting && !sending) return; // what is on its way may end with the page
  clearTimeout(waiting);
  waiting = 0;
  const body = typed();
  if (navigator.sendBeacon(form.action, body)) return; // up to 64 KB; the browser sends it after the page
  body.delete("sending");
  navigator.sendBeacon(form.action, body);
});
addEventListener("pageshow", (event) => {
  if (event.persisted && form) location.reload(); // what it showed was kept since, by itself
});
