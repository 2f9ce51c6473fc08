/* A button beside each block of code that copies it. Without script, or where the browser lets no page
 * near the clipboard, there is none. SPDX-License-Identifier: Apache-2.0 */

const { copy, copied } = document.querySelector("script[data-copy]").dataset;
const SHOWN_MS = 2000;

for (const code of navigator.clipboard ? document.querySelectorAll("pre > code") : []) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.lang = document.documentElement.lang;
  button.textContent = copy;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = copied;
    setTimeout(() => { button.textContent = copy; }, SHOWN_MS);
  });
  code.before(button);
}
