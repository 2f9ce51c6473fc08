/* Moments in the reader's own time; UTC, as the page came, on hover. SPDX-License-Identifier: Apache-2.0 */

const { locale } = document.documentElement.dataset;
const written = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short" });

for (const time of document.querySelectorAll("time[datetime*='T']")) {
  time.title = time.textContent;
  time.textContent = written.format(new Date(time.dateTime));
}
