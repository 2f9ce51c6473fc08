/* On a decision's page: fetch its receipt and verify it here. SPDX-License-Identifier: Apache-2.0 */
import { CannotVerify, verify } from "./receipt.js";

for (const place of document.querySelectorAll("amparo-proof")) {
  const verdict = place.querySelector(".verdict");
  const texts = place.dataset;
  verdict.textContent = texts.checking;
  try {
    const answer = await fetch(texts.receipt, { cache: "no-store" });
    const proven = await verify(new Uint8Array(await answer.arrayBuffer()), texts.vkey);
    verdict.textContent = proven.sealed ? texts.holds : texts.holdsErased;
    verdict.classList.add("good");
  } catch (error) {
    const cannot = error instanceof CannotVerify;
    verdict.textContent = cannot ? texts.cannot : `${texts.fails} ${error.message}`;
    if (!cannot) verdict.classList.add("bad");
  }
}
