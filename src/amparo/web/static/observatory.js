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
  const { days, lines, means = [], expected = [], marks = [], unknown = [], axis: log } = await answer.json();
  const times = days.map((day) => Date.parse(`${day}T00:00:00Z`) / 1000);
  const language = document.documentElement.lang;
  const isShort = days.length < 200;
  const dates = new Intl.DateTimeFormat(language, { timeZone: "UTC", month: "short", ...(isShort ? { day: "numeric" } : { year: "numeric" }) });
  const year = (tick) => new Date(tick * 1000).getUTCFullYear();
  // A day stands without its year, which stands below the first day, and where it changes.
  const named = (tick, n, ticks) => dates.format(tick * 1000) + (isShort && (n === 0 || year(tick) !== year(ticks[n - 1])) ? `\n${year(tick)}` : "");
  const readout = figure.querySelector(".said");
  const size = () => ({ width: place.clientWidth, height: Math.max(220, Math.min(340, place.clientWidth * 0.45)) });
  const svg = place.querySelector("svg");
  const label = svg.getAttribute("aria-label");
  const axis = { stroke: colour("--said"), grid: { stroke: colour("--grid"), width: 1 }, ticks: { stroke: colour("--grid") } };
  const plot = new uPlot({
    ...size(),
    tzDate: (time) => uPlot.tzDate(new Date(time * 1000), "Etc/UTC"),
    padding: [null, 28, null, null], // room for half of the last date
    cursor: { y: false, drag: { x: true, y: false } },
    scales: { y: log ? { distr: 3, range: [log.low, log.most] } : { range: (_, low, high) => [0, high || 1] } },
    axes: [{ ...axis, space: () => (place.clientWidth < 500 ? 58 : 90), values: (_, ticks) => ticks.map(named) }, { ...axis, size: wide, splits: log && (() => log.ticks.map((tick) => tick || log.low)), filter: log && ((_, ticks) => ticks), values: (_, ticks) => ticks.map((tick) => formatted(log && tick === log.low ? 0 : tick, figure.dataset.unit, true)) }],
    series: [
      {},
      ...lines.map(([name], n) => ({ label: name, stroke: colour(`--k${n}`), width: means.length ? 1 : 1.6, alpha: means.length ? 0.5 : 1, points: { show: false } })),
      ...means.map(([name], n) => ({ label: name, stroke: colour(`--k${n}`), width: 2.6, points: { show: false } })),
      ...(expected.length ? [{ stroke: colour("--said"), width: 1.4, dash: [5, 4], points: { show: false } }] : []),
    ],
    hooks: { drawClear: [shade, hatch], draw: [zeros], setCursor: [(u) => { if (u.cursor.idx != null) tell(u.cursor.idx); }] },
  }, [times, ...[...lines, ...means].map(([, values]) => placed(values)), ...(expected.length ? [placed(expected)] : [])], place);
  svg.remove();
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", label);

  // As wide as its longest word: "600 Mio." needs more room than "600M". Asked again, it stays.
  function wide(u, words, index, cycle) {
    const { _size, ticks, gap, font } = u.axes[index];
    if (cycle > 1) return _size;
    u.ctx.font = font[0];
    const longest = Math.max(0, ...(words ?? []).map((word) => u.ctx.measureText(word).width));
    return Math.ceil(ticks.size + gap + longest / devicePixelRatio);
  }

  // A zero has no place on a log scale: no line leads there, and `zeros` draws it.
  function placed(values) {
    return log ? values.map((value) => value || null) : values;
  }

  function zeros(u) {
    if (!log) return;
    const { ctx } = u;
    ctx.save();
    lines.forEach(([, values], n) => {
      ctx.beginPath();
      values.forEach((value, at) => {
        const x = u.valToPos(times[at], "x", true);
        if (value !== 0 || x < u.bbox.left || x > u.bbox.left + u.bbox.width) return;
        ctx.moveTo(x, u.bbox.top + u.bbox.height);
        ctx.lineTo(x, u.bbox.top + u.bbox.height - 8 * devicePixelRatio);
      });
      ctx.strokeStyle = colour(`--k${n}`);
      ctx.lineWidth = 1.2 * devicePixelRatio;
      ctx.stroke();
    });
    ctx.restore();
  }

  // Waves, as in the drawing that was there before.
  function shade(u) {
    const { ctx } = u;
    ctx.save();
    ctx.globalAlpha = 0.16;
    ctx.fillStyle = colour("--k1");
    for (const span of marks) {
      const [left, right] = span.map((day) => u.valToPos(Date.parse(`${day}T00:00:00Z`) / 1000, "x", true));
      const begin = Math.max(left, u.bbox.left);
      const end = Math.min(Math.max(right, left + 3), u.bbox.left + u.bbox.width);
      if (end > begin) ctx.fillRect(begin, u.bbox.top, end - begin, u.bbox.height);
    }
    ctx.restore();
  }

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
    for (const [name, values] of means) {
      if (values[n] !== null) parts.push(`${figure.dataset.mean}${lines.length > 1 ? `, ${name}` : ""}: ${formatted(values[n], figure.dataset.unit)}`);
    }
    if (typeof expected[n] === "number") parts.push(`${figure.dataset.expected}: ${formatted(expected[n], figure.dataset.unit)}`);
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
  const isShare = unit === "share";
  const shown = isShare ? value * 100 : value;
  const digits = short ? 2 : isShare || unit === "days" ? 1 : 0; // at the axis 1,250 is 1.25K, and not 1.3K
  const isSmall = shown < (digits ? 0.1 : 1); // rounded to none, it would not be told from none
  const notation = short && !isShare ? "compact" : "standard";
  const form = isSmall ? { maximumSignificantDigits: 2 } : { notation, maximumFractionDigits: digits };
  return new Intl.NumberFormat(document.documentElement.lang, form).format(shown) + (isShare ? " %" : "");
}

async function save(address, name) {
  const text = await (await fetch(address)).text();
  const [, , width, height] = text.match(/viewBox="([^"]+)"/)[1].split(" ").map((side) => 2 * side);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text.replace("<svg ", `<svg width="${width}" height="${height}" `))}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d").drawImage(image, 0, 0, width, height);
  const link = Object.assign(document.createElement("a"), { href: canvas.toDataURL("image/png"), download: `${name}.png` });
  link.click();
}
