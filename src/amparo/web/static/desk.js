/* The desk: j and k walk through the queue, and a letter beside a button or field is its key.
 *
 * Keys can be switched off, which the browser remembers (WCAG 2.1.4), and are silent while somebody
 * types. SPDX-License-Identifier: Apache-2.0 */

const STORE = "desk-keys";
const box = document.getElementById("keys");
const shortcuts = document.getElementById("shortcuts");
const rows = [...document.querySelectorAll("[data-row]")];

box.checked = localStorage.getItem(STORE) !== "off";
show();
box.addEventListener("change", () => {
  localStorage.setItem(STORE, box.checked ? "on" : "off");
  show();
});

/* Without script the link leads to the list, and its cross away from it. */
document.querySelector('a[href="#shortcuts"]').addEventListener("click", (event) => {
  event.preventDefault();
  shortcuts.showModal();
});
shortcuts.querySelector(".close").addEventListener("click", (event) => {
  event.preventDefault();
  shortcuts.close();
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select");
  if (!box.checked || typing || shortcuts.open || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "j" || event.key === "k") walk(event.key === "j" ? 1 : -1);
  else if (event.key === "?") shortcuts.showModal();
  else if (!press(event.key)) return;
  event.preventDefault();
});

function walk(step) {
  const at = rows.indexOf(document.activeElement);
  rows[Math.max(0, Math.min(rows.length - 1, at + step))]?.focus();
}

function press(key) {
  const target = /^[a-z]$/.test(key) ? document.querySelector(`[data-key="${key}"]`) : null;
  if (!target || target.disabled) return false;
  const folded = target.closest("details");
  if (folded) folded.open = true;
  if (target.matches("a, button")) target.click();
  else target.focus();
  return true;
}

function show() {
  document.body.classList.toggle("keyed", box.checked);
}
