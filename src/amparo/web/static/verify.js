/* On the verify page: judge a file here, without sending it. SPDX-License-Identifier: Apache-2.0 */
import { CannotVerify, verify } from "./receipt.js";

const form = document.getElementById("verify");
const file = document.getElementById("file");
const place = document.getElementById("verdict");
let serverMayDoIt = false;

async function judge() {
  const [chosen] = file.files;
  if (!chosen) return;
  try {
    const proven = await verify(new Uint8Array(await chosen.arrayBuffer()), document.getElementById("vkey").value);
    show(true, form.dataset.holds, proven);
  } catch (error) {
    if (error instanceof CannotVerify) {
      serverMayDoIt = true;
      place.textContent = form.dataset.cannot;
      return;
    }
    show(false, form.dataset.fails, null, error.message);
  }
}

function show(holds, title, proven, why = "") {
  const article = document.createElement("article");
  article.className = holds ? "good" : "bad";
  const heading = document.createElement("h2");
  heading.textContent = title;
  article.append(heading);
  if (why) article.append(Object.assign(document.createElement("p"), { textContent: why }));
  if (proven) {
    const facts = document.createElement("dl");
    facts.className = "facts";
    const values = { log: proven.origin, entry: proven.index, size: proven.size, recorded: proven.entry.at, platform: proven.entry.by, case: proven.entry.case, ...proven.entry.public, ...(proven.sealed ?? {}) };
    for (const [term, value] of Object.entries(values)) {
      if (value === undefined) continue;
      const dt = document.createElement("dt");
      dt.append(Object.assign(document.createElement("code"), { textContent: term }));
      const text = typeof value === "object" ? JSON.stringify(value) : String(value);
      facts.append(dt, Object.assign(document.createElement("dd"), { textContent: text }));
    }
    article.append(facts);
    if (!proven.sealed) article.append(Object.assign(document.createElement("p"), { textContent: form.dataset.erased }));
  }
  place.replaceChildren(article);
}

form.addEventListener("submit", (event) => {
  if (serverMayDoIt) return;
  event.preventDefault();
  judge();
});
file.addEventListener("change", judge);
for (const kind of ["dragover", "drop"]) document.addEventListener(kind, (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  if (!event.dataTransfer?.files.length) return;
  file.files = event.dataTransfer.files;
  judge();
});
