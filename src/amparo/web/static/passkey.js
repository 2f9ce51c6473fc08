/* Passkeys: what the server asks goes to the browser, what the browser answers goes back.
 * SPDX-License-Identifier: Apache-2.0 */

const able = window.PublicKeyCredential?.parseRequestOptionsFromJSON;
// A passkey belongs to a name, never to a bare address such as 127.0.0.1.
const named = !/^[0-9.]+$|^\[/.test(location.hostname);

for (const button of document.querySelectorAll("button[data-passkey]")) {
  if (!able || !named) continue;
  button.closest("[hidden]").hidden = false;
  button.addEventListener("click", () => run(button));
}

async function run(button) {
  const wrong = document.getElementById("passkey-wrong");
  wrong.hidden = true;
  button.disabled = true;
  try {
    const at = button.dataset.passkey;
    const options = await send(`${at}/options`, "");
    const key = at.endsWith("s")
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    const { to } = await send(at, JSON.stringify(key), document.getElementById("passkey-name")?.value);
    location.assign(to);
  } catch {
    wrong.hidden = false;
  } finally {
    button.disabled = false;
  }
}

async function send(path, body, name) {
  const headers = { "content-type": "application/json" };
  if (name) headers["x-passkey-name"] = encodeURIComponent(name);
  const answer = await fetch(path, { method: "POST", body, headers });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
}
