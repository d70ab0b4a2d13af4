// Draws the charts and lets tables be sorted. All that it needs is in the element "report": time in seconds since the
// epoch, rates a second, response times in seconds; null where a value is not known.
(() => {
  "use strict";
  const report = JSON.parse(document.getElementById("report").textContent);
  const say = report.texts;
  const end = report.time.length ? report.time[report.time.length - 1] + report.step : 0;

  // ---- Numbers and times, as the rest of the page writes them

  const grouped = (value, options) => new Intl.NumberFormat(report.lang, options).format(value);
  const formatNumber = (value) =>
    grouped(value, value < 999.5 ? {maximumSignificantDigits: 3} : {maximumFractionDigits: 0});
  const formatTime = (seconds) => {
    if (seconds <= 0) return "0 s";
    for (const [perSecond, unit] of [[1e9, "ns"], [1e6, "µs"], [1e3, "ms"]]) {
      if (seconds * perSecond < 999.5) return `${formatNumber(seconds * perSecond)} ${unit}`;
    }
    return `${formatNumber(seconds)} s`;
  };
  const clockSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800];
  const formatClock = (seconds, step) => {
    const text = new Date(seconds * 1000).toISOString();
    if (step >= 86400) return text.slice(5, 10);
    return text.slice(11, step >= 60 ? 16 : 19);
  };

  // ---- Colors, as the theme has them

  const probe = document.createElement("i");
  probe.hidden = true;
  document.body.append(probe);
  const color = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const channels = (rgb) => rgb.match(/[\d.]+/g).slice(0, 3).map(Number);
  const transparent = (rgb, alpha) => `rgba(${channels(rgb).join(", ")}, ${alpha})`;
  /** The colors of a heatmap, from few to many: 64 steps. */
  const heatColors = () => {
    const stops = [0, 1, 2, 3].map((i) => channels(color(`heat-${i}`)));
    return Array.from({length: 64}, (_, i) => {
      const at = (i / 63) * 3;
      const from = Math.min(Math.floor(at), 2);
      const mixed = stops[from].map((c, k) => Math.round(c + (stops[from + 1][k] - c) * (at - from)));
      return `rgb(${mixed.join(", ")})`;
    });
  };

  // ---- What all charts have in common

  const element = (tag, className, ...children) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children);
    return made;
  };
  const swatch = (fill) => {
    const mark = document.createElement("i");
    mark.style.background = fill;
    return mark;
  };

  /** A box beside the cursor with the lines that `describe(chart, pointedAt)` gives: [text, color]; the first is the
      title. The cursor stands at the same time in all charts, so each shows one, whichever is pointed at. */
  const tooltip = (describe) => {
    const box = element("div", "tip");
    box.hidden = true;
    return {
      hooks: {
        init: (chart) => {
          chart.over.append(box);
          chart.over.addEventListener("mouseleave", () => { box.hidden = true; });
        },
        setCursor: (chart) => {
          const pointedAt = chart.over.matches(":hover");
          const lines = chart.cursor.left >= 0 ? describe(chart, pointedAt) : null;
          box.hidden = !lines;
          if (!lines) return;
          box.replaceChildren(...lines.map(([text, fill], i) =>
            i === 0 ? element("b", "", text) : element("span", "", ...(fill ? [swatch(fill)] : []), text)));
          const room = chart.over.clientWidth;
          const left = chart.cursor.left + 14;
          box.style.left = `${left + box.offsetWidth > room ? chart.cursor.left - 14 - box.offsetWidth : left}px`;
          const most = chart.over.clientHeight - box.offsetHeight;
          box.style.top = `${pointedAt ? Math.max(0, Math.min(chart.cursor.top, most)) : 0}px`;
        },
      },
    };
  };

  const keys = (place, parts) => place.append(element("div", "keys", ...parts));

  /** `axes`: those of y. Draws into the element of that id, below its keys. */
  const draw = (id, height, parts, options, data) => {
    const place = document.getElementById(id);
    place.replaceChildren();
    keys(place, parts);
    const first = report.time[0];
    const axis = {
      font: "12px system-ui, sans-serif",
      stroke: color("quiet"),
      grid: {stroke: color("grid"), width: 1},
      ticks: {show: false},
    };
    const chart = new uPlot({
      width: place.clientWidth,
      height,
      padding: [10, 32, 0, 0],  // half a label of time may stand right of the axis
      legend: {show: false},
      ...options,
      cursor: {
        sync: {key: "time", scales: ["x", null]},
        points: {size: 7},
        drag: {x: true, y: false},
        y: false,
        ...options.cursor,
      },
      scales: {
        // Whole when it shows all; else what was chosen.
        x: {range: (u, from, to) => (from <= u.data[0][0] && to >= u.data[0][u.data[0].length - 1] ? [first, end] : [from, to])},
        ...options.scales,
      },
      axes: [
        {...axis, size: 30, gap: 6, space: 84, incrs: clockSteps, grid: {show: false}, values: (u, splits, i, space, step) => splits.map((s) => formatClock(s, step))},
        ...options.axes.map((more) => ({...axis, size: 58, gap: 4, ...more})),
      ],
    }, data, place);
    return {chart, place, height};
  };

  /** Lines over time. A series: name, values, color, and maybe fill, scale and step. */
  const lines = (id, series, format, more = {}) => {
    const middle = report.time.map((start) => start + report.step / 2);
    const describe = (chart) => {
      const at = chart.cursor.idx;
      if (at == null) return null;
      return [[formatClock(report.time[at], report.step)],
        ...series.map((one) => [
          `${one.name}: ${(one.shown ?? one.values)[at] == null ? "–" : (one.format ?? format)((one.shown ?? one.values)[at])}`,
          one.color])];
    };
    return draw(id, 220, series.map((one) => element("span", "", swatch(one.color), one.name)), {
      series: [{}, ...series.map((one) => ({
        label: one.name,
        stroke: one.color,
        width: one.width ?? 1.6,
        fill: one.fill,
        scale: one.scale ?? "y",
        paths: one.step ? uPlot.paths.stepped({align: 1}) : undefined,
        points: {show: report.time.length < 3},
      }))],
      bands: more.bands,
      scales: {
        y: {range: (u, least, most) => [0, most > 0 ? most * 1.08 : 1]},
        ...more.scales,
      },
      axes: more.axes ?? [{values: (u, splits) => splits.map(format)}],
      plugins: [tooltip(describe)],
    }, [middle, ...series.map((one) => one.values)]);
  };

  // ---- The charts

  const requests = () => lines("requests", [
    {name: say.requests, values: report.requests, color: color("accent"), fill: transparent(color("accent"), 0.14)},
    {name: say.errors, values: report.errors, color: color("bad"), fill: transparent(color("bad"), 0.35)},
  ], formatNumber);

  const times = () => lines("percentiles", Object.entries(report.times).map(([name, values]) =>
    ({name: say[name] ?? name, values, color: color(name === "mean" ? "accent" : name)})), formatTime);

  const users = () => lines("users", [
    {name: say.users, values: report.users, color: color("users"), fill: transparent(color("users"), 0.14), step: true},
  ], formatNumber);

  /** Stacked: each is drawn on top of those before it. */
  const errors = () => {
    let below = report.time.map(() => 0);
    const series = report.errors_by_type.map((type, i) => {
      below = type.values.map((value, k) => (value == null ? null : value + (below[k] ?? 0)));
      const fill = color(`error-${i}`);
      return {name: type.name, shown: type.values, values: below, color: fill, fill: transparent(fill, 0.55), width: 1};
    });
    const bands = series.slice(1).map((one, i) => ({series: [i + 2, i + 1], fill: one.fill}));
    return lines("errors", series, formatNumber, {bands});
  };

  const machine = () => lines("machine", [
    {name: "CPU", values: report.cpu, color: color("accent"), format: (v) => `${formatNumber(v)}%`, scale: "percent"},
    {name: say.memory, values: report.memory, color: color("p95"), format: (v) => `${formatNumber(v)} MB`},
  ], formatNumber, {
    scales: {percent: {range: [0, 100]}},
    axes: [
      {scale: "percent", values: (u, splits) => splits.map((v) => `${v}%`)},
      {scale: "y", side: 1, grid: {show: false}, values: (u, splits) => splits.map((v) => `${formatNumber(v)} MB`), size: 72},
    ],
  });

  const heatmap = () => {
    const {time, step, bounds, columns, most} = report.heatmap;
    const colors = heatColors();
    const fill = (count) => colors[Math.round((Math.log1p(count) / Math.log1p(most)) * 63)];
    /** 1, 2, 5, 10, … of each power of ten; fewer where the range is wide. uPlot's own need whole powers at both ends. */
    const decades = (least, most) => {
      const ticks = [];
      const steps = most / least > 1e4 ? [1] : [1, 2, 5];
      for (let power = Math.floor(Math.log10(least)); 10 ** power <= most; ++power) {
        ticks.push(...steps.map((step) => step * 10 ** power).filter((tick) => tick >= least && tick <= most));
      }
      return ticks;
    };
    const column = (at) => Math.floor((at - time[0]) / step);
    const inCell = (count) => `${grouped(count)} ${count === 1 ? say.oneInCell : say.cell}`;
    const cell = (chart, pointedAt) => {
      const at = column(chart.posToVal(chart.cursor.left, "x"));
      if (!columns[at]) return null;
      const period = [`${formatClock(time[at], 1)} – ${formatClock(time[at] + step, 1)}`];
      if (!pointedAt) return [period, [`${say.requests}: ${grouped(columns[at].reduce((sum, count) => sum + count, 0))}`]];
      const seconds = chart.posToVal(chart.cursor.top, "y");
      const row = bounds.findIndex((bound) => bound > seconds) - 1;
      if (row < 0) return null;
      return [period, [`${formatTime(bounds[row])} – ${formatTime(bounds[row + 1])}`],
        [inCell(columns[at][row]), columns[at][row] ? fill(columns[at][row]) : "transparent"]];
    };
    const paint = (chart) => {
      const {ctx, bbox} = chart;
      const y = bounds.map((bound) => Math.round(chart.valToPos(bound, "y", true)));
      ctx.save();
      ctx.beginPath();
      ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
      ctx.clip();
      columns.forEach((counts, at) => {
        const left = Math.round(chart.valToPos(time[at], "x", true));
        const right = Math.round(chart.valToPos(time[at] + step, "x", true));
        counts.forEach((count, row) => {
          if (count === 0) return;
          ctx.fillStyle = fill(count);
          ctx.fillRect(left, y[row + 1], Math.max(right - left, 1), Math.max(y[row] - y[row + 1], 1));
        });
      });
      ctx.restore();
    };
    const scale = document.createElement("canvas");
    scale.width = 64;
    scale.height = 1;
    colors.forEach((rgb, i) => {
      scale.getContext("2d").fillStyle = rgb;
      scale.getContext("2d").fillRect(i, 0, 1, 1);
    });
    const data = report.time.map((start) => start + report.step / 2);
    return draw("heatmap", 320, [element("span", "", "1", scale, inCell(most))], {
      cursor: {points: {show: false}, y: true},
      series: [{}, {paths: () => null, points: {show: false}}],
      scales: {y: {distr: 3, range: () => [bounds[0], bounds[bounds.length - 1]]}},
      axes: [{size: 66, splits: (u, axis, least, most) => decades(least, most), filter: (u, splits) => splits,
        values: (u, splits) => splits.map(formatTime)}],
      hooks: {drawAxes: [paint]},
      plugins: [tooltip(cell)],
    }, [data, data.map(() => bounds[0])]);
  };

  // ---- Drawing them all, again where theme or room change

  let drawn = [];
  const drawAll = () => {
    for (const {chart} of drawn) chart.destroy();
    drawn = [];
    if (!report.time.length) return;
    drawn.push(requests(), times());
    if (report.users) drawn.push(users());
    if (report.errors_by_type) drawn.push(errors());
    if (report.cpu) drawn.push(machine());
    if (report.heatmap) drawn.push(heatmap());
  };
  drawAll();
  new ResizeObserver(() => {
    for (const {chart, place, height} of drawn) {
      if (place.clientWidth > 0 && place.clientWidth !== chart.width) chart.setSize({width: place.clientWidth, height});
    }
  }).observe(document.querySelector("main"));

  const root = document.documentElement;
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : prefersDark.matches);
  const button = document.getElementById("theme");
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    drawAll();
  });
  prefersDark.addEventListener("change", drawAll);
  // Paper is white.
  let onScreen;
  addEventListener("beforeprint", () => {
    onScreen = root.dataset.theme;
    if (!isDark()) return;
    root.dataset.theme = "light";
    drawAll();
  });
  addEventListener("afterprint", () => {
    if (root.dataset.theme === onScreen) return;
    if (onScreen) root.dataset.theme = onScreen; else delete root.dataset.theme;
    drawAll();
  });

  // ---- Sorting

  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    const body = table.tBodies[0];
    const key = (row, i) => (i === 0 ? row.cells[0].textContent : Number(row.cells[i].dataset.value));
    heads.forEach((head, i) => {
      const button = element("button", "", ...head.childNodes);
      button.type = "button";
      head.append(button);
      button.addEventListener("click", () => {
        // Numbers begin with the largest, names with A.
        const first = i === 0 ? "ascending" : "descending";
        const other = i === 0 ? "descending" : "ascending";
        const order = head.getAttribute("aria-sort") === first ? other : first;
        heads.forEach((one) => one.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", order);
        const sign = order === "ascending" ? 1 : -1;
        body.append(...[...body.rows].sort((a, b) => {
          const [x, y] = [key(a, i), key(b, i)];
          return sign * (i === 0 ? x.localeCompare(y, report.lang) : x - y);
        }));
      });
    });
    heads[heads.length - 1].setAttribute("aria-sort", "descending");
  }
})();
