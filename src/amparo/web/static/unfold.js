/* A link to something that is folded unfolds it, also where the browser does not by itself.
 * SPDX-License-Identifier: Apache-2.0 */

unfold();
addEventListener("hashchange", unfold);

function unfold() {
  const target = document.getElementById(location.hash.slice(1));
  for (let part = target?.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
  target?.scrollIntoView();
}
