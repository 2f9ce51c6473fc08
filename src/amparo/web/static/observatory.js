/* Charts drawn further: a day under the pointer or the arrow keys is read out; PNG is made here.
 * Drawing is uPlot's. Without script the SVG and the table stay. SPDX-License-Identifier: Apache-2.0 */

const style = getComputedStyle(document.documentElement);
const colour = (name) => style.getPropertyValue(name).trim();

for (const figure of document.querySelectorAll(".figure")) {
  const place = figure.querySelector(".drawn");
  if (place) {
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      draw(figure, place).catch(() => {});
    });
    seen.observe(place);
  }
  const png = figure.querySelector(".png");
  if (png) {
    png.hidden = false;
    const button = png.querySelector("button");
    button.addEventListener("click", () => save(button.dataset.png, figure.dataset.file));
  }
}

async function draw(figure, place) {
  const answer = await fetch(figure.dataset.figure);
  if (!answer.ok || !globalThis.uPlot) return;
  const { days, lines, unknown = [] } = await answer.json();
  const times = days.map((day) => Date.parse(`${day}T00:00:00Z`) / 1000);
  const language = document.documentElement.lang;
  const dates = new Intl.DateTimeFormat(language, { timeZone: "UTC", year: "2-digit", month: "short", ...(days.length < 200 ? { day: "numeric" } : {}) });
  const readout = figure.querySelector(".said");
  const size = () => ({ width: place.clientWidth, height: Math.max(220, Math.min(340, place.clientWidth * 0.45)) });
  const svg = place.querySelector("svg");
  const label = svg.getAttribute("aria-label");
  const axis = { stroke: colour("--said"), grid: { stroke: colour("--grid"), width: 1 }, ticks: { stroke: colour("--grid") } };
  const plot = new uPlot({
    ...size(),
    tzDate: (time) => uPlot.tzDate(new Date(time * 1000), "Etc/UTC"),
    cursor: { y: false, drag: { x: true, y: false } },
    scales: { y: { range: (_, low, high) => [0, high || 1] } },
    axes: [{ ...axis, space: 90, values: (_, ticks) => ticks.map((tick) => dates.format(tick * 1000)) }, { ...axis, size: 64, values: (_, ticks) => ticks.map((tick) => formatted(tick, figure.dataset.unit, true)) }],
    series: [{}, ...lines.map(([name], n) => ({ label: name, stroke: colour(`--k${n}`), width: 1.6, points: { show: false } }))],
    hooks: { drawClear: [hatch], setCursor: [(u) => { if (u.cursor.idx != null) tell(u.cursor.idx); }] },
  }, [times, ...lines.map(([, values]) => values)], place);
  svg.remove();
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", label);

  // Days of which nothing is known, as in the drawing that was there before.
  function hatch(u) {
    const { ctx } = u;
    ctx.save();
    ctx.beginPath();
    for (const [first, last] of unknown) {
      const left = u.valToPos(Date.parse(`${first}T00:00:00Z`) / 1000, "x", true);
      const right = u.valToPos(Date.parse(`${last}T00:00:00Z`) / 1000 + 86400, "x", true);
      ctx.rect(left, u.bbox.top, Math.max(2, Math.min(right, u.bbox.left + u.bbox.width) - left), u.bbox.height);
    }
    ctx.clip();
    ctx.strokeStyle = colour("--said");
    ctx.globalAlpha = 0.55;
    ctx.beginPath();
    if (unknown.length) {
      const { left, top, width, height } = u.bbox;
      for (let x = left - height; x < left + width; x += 10) {
        ctx.moveTo(x, top + height);
        ctx.lineTo(x + height, top);
      }
    }
    ctx.stroke();
    ctx.restore();
  }

  const missing = (day) => (unknown.some(([first, last]) => first <= day && day <= last) ? "?" : "–");

  function tell(n) {
    const parts = lines.map(([name, values]) => `${name === "*" ? "" : `${name} `}${values[n] === null ? missing(days[n]) : formatted(values[n], figure.dataset.unit)}`);
    readout.textContent = `${days[n]}: ${parts.join(" · ")}`;
  }

  let at = days.length - 1;
  place.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -30, PageDown: 30, Home: -days.length, End: days.length }[event.key];
    if (!step) return;
    event.preventDefault();
    at = Math.max(0, Math.min(days.length - 1, at + step));
    plot.setCursor({ left: plot.valToPos(times[at], "x"), top: 0 });
    tell(at);
  });
  new ResizeObserver(() => plot.setSize(size())).observe(figure);
}

function formatted(value, unit, short = false) {
  if (unit === "share") return `${(value * 100).toFixed(short ? 0 : 1)} %`;
  const form = short ? { notation: "compact" } : { maximumFractionDigits: unit === "days" ? 1 : 0 };
  return new Intl.NumberFormat(document.documentElement.lang, form).format(value);
}

async function save(address, name) {
  const text = await (await fetch(address)).text();
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text.replace("<svg ", '<svg width="1600" height="600" '))}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: 1600, height: 600 });
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, 1600, 600);
  context.drawImage(image, 0, 0, 1600, 600);
  const link = Object.assign(document.createElement("a"), { href: canvas.toDataURL("image/png"), download: `${name}.png` });
  link.click();
}
