/* On a decision's page: fetch its receipt and verify it here. SPDX-License-Identifier: Apache-2.0 */
import { CannotVerify, verify } from "./receipt.js";

for (const place of document.querySelectorAll("amparo-proof")) {
  const verdict = place.querySelector(".verdict");
  const said = place.dataset;
  verdict.textContent = said.checking;
  try {
    const answer = await fetch(said.receipt, { cache: "no-store" });
    const proven = await verify(new Uint8Array(await answer.arrayBuffer()), said.vkey);
    verdict.textContent = proven.sealed ? said.holds : said.holdsErased;
    verdict.classList.add("good");
  } catch (error) {
    const cannot = error instanceof CannotVerify;
    verdict.textContent = cannot ? said.cannot : `${said.fails} ${error.message}`;
    if (!cannot) verdict.classList.add("bad");
  }
}
