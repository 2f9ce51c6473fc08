/* A member's value for a draw, worked out from the file of their chain, which stays on this device.
 * SPDX-License-Identifier: Apache-2.0 */

// Hashing needs a page that came by https, or from this machine.
for (const file of crypto.subtle ? document.querySelectorAll("input[data-chain]") : []) {
  file.closest("[hidden]").hidden = false;
  file.addEventListener("change", () => fill(file));
  if (file.files.length) fill(file); // kept by the browser when a page is loaded anew
}

async function fill(file) {
  const form = file.form;
  const wrong = form.querySelector("[role=alert]");
  wrong.hidden = true;
  try {
    form.elements.value.value = await reveal(JSON.parse(await file.files[0].text()), Number(file.dataset.chain));
  } catch {
    form.elements.value.value = "";
    wrong.hidden = false;
  }
}

/* The value that gives the end of the chain when it is hashed as often as the draw's number. */
async function reveal(chain, number) {
  if (!/^([0-9a-f]{2})+$/.test(chain.secret) || !(number >= 1 && number <= chain.draws)) throw new Error("no chain");
  let value = Uint8Array.from(chain.secret.match(/../g), (pair) => parseInt(pair, 16));
  for (let n = number; n < chain.draws; n++) value = new Uint8Array(await crypto.subtle.digest("SHA-256", value));
  return Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
