/* On the verify page: judge a file here, without sending it. SPDX-License-Identifier: Apache-2.0 */
import { CannotVerify, verify } from "./receipt.js";

const form = document.getElementById("verify");
const file = document.getElementById("file");
const place = document.getElementById("verdict");
const words = JSON.parse(document.getElementById("words").textContent);
const { locale } = document.documentElement.dataset;
const countries = new Intl.DisplayNames(locale, { type: "region" });
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
    show(false, form.dataset.fails, null, words.unsound[error.message] ?? error.message);
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
      if (value === undefined || value === null) continue;
      const dt = document.createElement("dt");
      dt.append(words.labels[term] ?? Object.assign(document.createElement("code"), { textContent: term }));
      facts.append(dt, Object.assign(document.createElement("dd"), { textContent: inWords(value) }));
    }
    article.append(Object.assign(document.createElement("p"), { textContent: form.dataset.recorded }), facts);
    if (!proven.sealed) article.append(Object.assign(document.createElement("p"), { textContent: form.dataset.erased }));
  }
  place.replaceChildren(article);
}

function inWords(value) {
  if (Array.isArray(value)) return value.map(inWords).join("; ");
  if (typeof value === "object") return JSON.stringify(value);
  const text = String(value);
  if (words.values[text]) return words.values[text];
  if (/^[A-Z]{2}$/.test(text)) return countries.of(text);
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return written(text, { timeZone: "UTC" });
  if (/^\d{4}-\d{2}-\d{2}T[\d:]{8}Z$/.test(text)) return written(text, { timeStyle: "short" });
  return text;
}

function written(text, options) {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? text : new Intl.DateTimeFormat(locale, { dateStyle: "long", ...options }).format(at);
}

form.addEventListener("submit", (event) => {
  if (serverMayDoIt) return;
  event.preventDefault();
  judge();
});
file.addEventListener("change", judge);
judge(); // a file may be chosen before this script is there
for (const kind of ["dragover", "drop"]) document.addEventListener(kind, (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  if (!event.dataTransfer?.files.length) return;
  file.files = event.dataTransfer.files;
  judge();
});
