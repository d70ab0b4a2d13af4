// Draws the charts and lets tables be sorted and filtered. All that it needs is in the element "report": time in seconds
// since the epoch, rates a second, response times in seconds; null where a value is not known.
(() => {
  "use strict";
  const report = JSON.parse(document.getElementById("report").textContent);
  const say = report.texts;

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
  const formatBytes = (bytes) => {
    for (const [size, unit] of [[1e9, "GB"], [1e6, "MB"], [1e3, "kB"]]) {
      if (bytes >= size * 0.9995) return `${formatNumber(bytes / size)} ${unit}`;
    }
    return `${formatNumber(bytes)} B`;
  };
  const formatShare = (ratio) => `${formatNumber(ratio * 100)}%`;
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
      title. The cursor stands at the same time in all charts over time, so each shows one, whichever is pointed at. */
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
          box.style.left = `${left + box.offsetWidth > room ? Math.max(chart.cursor.left - 14 - box.offsetWidth, -40) : left}px`;
          const most = chart.over.clientHeight - box.offsetHeight;
          box.style.top = `${pointedAt ? Math.max(0, Math.min(chart.cursor.top, most)) : 0}px`;
        },
      },
    };
  };

  /** All charts there are, by the id of their place, each with what draws it anew. */
  const shown = new Map();
  /** Names of the series that are hidden, by the id of the place. */
  const hidden = new Map();
  const room = new ResizeObserver((places) => {
    for (const {target} of places) {
      const {chart, height} = shown.get(target.id) ?? {};
      if (chart && target.clientWidth > 0 && target.clientWidth !== chart.width) {
        chart.setSize({width: target.clientWidth, height});
      }
    }
  });
  const show = (id, make) => {
    shown.get(id)?.chart.destroy();
    const place = document.getElementById(id);
    place.replaceChildren();
    place.parentElement.hidden = false;
    shown.set(id, {...make(place), place, make});
    room.observe(place);
  };
  const remove = (id) => {
    const {chart, place} = shown.get(id);
    chart.destroy();
    room.unobserve(place);
    shown.delete(id);
  };
  const isHidden = (place, name) => hidden.get(place.id)?.has(name) ?? false;

  /** What the colors mean. A click hides a series, or shows it again. */
  const keys = (place, series) => {
    const all = series.map(({name, color: fill}) => {
      const key = element("button", "", swatch(fill), name);
      key.type = "button";
      key.setAttribute("aria-pressed", String(!isHidden(place, name)));
      key.addEventListener("click", () => {
        const names = hidden.get(place.id) ?? new Set();
        hidden.set(place.id, names);
        if (!names.delete(name)) names.add(name);
        show(place.id, shown.get(place.id).make);
        [...place.querySelectorAll(".keys button")].find((one) => one.textContent === name)?.focus();
      });
      return key;
    });
    place.append(element("div", "keys", ...all));
  };

  const aside = 90;  // pixels beside the plot: labels at the left, room at the right
  const plot = (place, height, {axes, cursor, ...options}, data) => {
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
      cursor: {points: {size: 7}, drag: {x: true, y: false}, y: false, ...cursor},
      axes: [
        {...axis, size: 30, gap: 6, grid: {show: false}, ...axes[0]},
        ...axes.slice(1).map((more) => ({...axis, size: 58, gap: 4, ...more})),
      ],
    }, data, place);
    return {chart, height};
  };

  /** Points of time, all equally long. */
  const frame = (time, step) => ({time, step, first: time[0], end: time[time.length - 1] + step, middle: time.map((start) => start + step / 2)});
  const ofRun = report.time.length ? frame(report.time, report.step) : null;
  const ofEndpoints = report.endpoints ? frame(report.endpoints.time, report.endpoints.step) : null;

  /** A chart over time. The cursor stands at the same time in all of them. */
  const timed = (place, {first, end}, height, options, data) => plot(place, height, {
    ...options,
    cursor: {sync: {key: "time", scales: ["x", null]}, ...options.cursor},
    scales: {
      // Whole when it shows all; else what was chosen.
      x: {range: (u, from, to) => (from <= u.data[0][0] && to >= u.data[0][u.data[0].length - 1] ? [first, end] : [from, to])},
      ...options.scales,
    },
    axes: [
      {space: 84, incrs: clockSteps, values: (u, splits, i, space, step) => splits.map((s) => formatClock(s, step))},
      ...options.axes,
    ],
  }, data);

  /** Up to a bit more than the largest value. */
  const fromZero = (u, least, most) => [0, most > 0 ? most * 1.08 : 1];

  /** Lines over time. A series: name, values, color, and maybe fill, format, scale and step. */
  const lines = (place, period, all, format, more = {}) => {
    keys(place, all);
    const series = all.filter((one) => !isHidden(place, one.name));
    // Stacked: each is drawn on top of those before it.
    let below = period.time.map(() => 0);
    const drawn = series.map((one) => {
      if (!more.stacked) return one.values;
      below = one.values.map((value, k) => (value == null ? null : value + (below[k] ?? 0)));
      return below;
    });
    const describe = (chart) => {
      const at = chart.cursor.idx;
      if (at == null) return null;
      return [[formatClock(period.time[at], period.step)],
        ...series.map((one) => [`${one.name}: ${one.values[at] == null ? "–" : (one.format ?? format)(one.values[at])}`, one.color])];
    };
    return timed(place, period, 220, {
      series: [{}, ...series.map((one) => ({
        label: one.name,
        stroke: one.color,
        width: more.stacked ? 1 : 1.6,
        fill: one.fill,
        spanGaps: more.spanGaps,
        scale: one.scale ?? "y",
        paths: one.step ? uPlot.paths.stepped({align: 1}) : undefined,
        // A lone value between unknown ones is no line.
        points: {show: period.time.length < 3 ? true : (u, i) => isLone(u.data[i]), size: 4, fill: one.color},
      }))],
      bands: more.stacked ? series.slice(1).map((one, i) => ({series: [i + 2, i + 1], fill: one.fill})) : undefined,
      scales: {y: {range: fromZero}, ...more.scales},
      axes: more.axes ?? [{values: (u, splits) => splits.map(format)}],
      plugins: [tooltip(describe)],
    }, [period.middle, ...drawn]);
  };
  const isLone = (values) => values.every((value, i) => value == null || (values[i - 1] == null && values[i + 1] == null));

  /** Ticks of a scale of powers: 1, 2, 5, 10, … where there is room for so many, else fewer; even steps where the range is
      small. `length`: of the axis, of which a tick needs `room`. */
  const powerTicks = (least, most, length, room) => {
    const at = (tick) => (Math.log(tick / least) / Math.log(most / least)) * length;
    const fits = (ticks) => ticks.every((tick, i) => i === 0 || at(tick) - at(ticks[i - 1]) >= room);
    const powers = (steps) => {
      const ticks = [];
      for (let power = Math.floor(Math.log10(least)); 10 ** power <= most; ++power) {
        ticks.push(...steps.map((step) => Number(`${step}e${power}`)).filter((tick) => tick >= least && tick <= most));
      }
      return ticks;
    };
    if (powers([1, 2, 5]).length >= 3) {
      for (const steps of [[1, 2, 5], [1, 3], [1]]) {
        const ticks = powers(steps);
        if (ticks.length > 1 && fits(ticks)) return ticks;
      }
      const ticks = powers([1]);
      return ticks.filter((tick, i) => i % Math.ceil((ticks.length * room) / length) === 0);
    }
    const rough = (most - least) / Math.max(Math.min(length / room / 1.5, 5), 1);
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((by) => by * power).find((one) => one >= rough);
    const ticks = [];
    for (let k = Math.ceil(least / step); k * step <= most; ++k) ticks.push(Number((k * step).toPrecision(6)));
    return ticks;
  };
  /** `length` and `room`: in pixels. */
  const powerAxis = (length, room) => ({
    splits: (u, axis, least, most) => powerTicks(least, most, length(u), room),
    filter: (u, splits) => splits,
    values: (u, splits) => splits.map(formatTime),
  });

  // ---- The charts

  const rates = (period, {requests, errors}) => (place) => lines(place, period, [
    {name: say.requests, values: requests, color: color("accent"), fill: transparent(color("accent"), 0.14)},
    {name: say.errors, values: errors, color: color("bad"), fill: transparent(color("bad"), 0.35)},
  ], formatNumber);

  const colorOfTime = (name) => color(name === "mean" ? "accent" : name);
  const times = (period, values) => (place) => lines(place, period, Object.entries(values).map(([name, of]) =>
    ({name: say[name] ?? name, values: of, color: colorOfTime(name)})), formatTime);

  /** One percentile of the endpoints with the greatest impact. */
  const byEndpoint = (place) => lines(place, ofEndpoints, report.endpoints.each.slice(0, 6).map(({name, times: of}, i) =>
    ({name, values: of.p95 ?? of.mean, color: color(`endpoint-${i}`)})), formatTime);

  const users = (place) => lines(place, ofRun, [
    {name: say.users, values: report.users, color: color("users"), fill: transparent(color("users"), 0.14), step: true},
    ...(report.users_by_scenario ?? []).map(({name, values}, i) => ({name, values, color: color(`endpoint-${i}`), step: true})),
  ], formatNumber);

  const bytes = (place) => lines(place, ofRun, [
    {name: say.received, values: report.received, color: color("accent")},
    {name: say.sent, values: report.sent, color: color("p95")},
  ].filter((one) => one.values), (value) => `${formatBytes(value)}/s`, {axes: [{size: 72, values: (u, splits) => splits.map((v) => `${formatBytes(v)}/s`)}]});

  /** `colorOf`: the name of the color of one of them. */
  const parts = (all, colorOf) => (place) => lines(place, ofRun, all.map(({name, values}, i) => {
    const fill = color(colorOf(name, i));
    return {name, values, color: fill, fill: transparent(fill, 0.55)};
  }), formatNumber, {stacked: true});
  /** Good ones look good, bad ones bad: by the first digit of HTTP. */
  const statusColors = () => {
    const left = {2: ["accent", "p50"], 3: ["users", "error-4"], 4: ["error-1", "error-2"], 5: ["error-0", "p99"]};
    const others = ["error-3", "error-4", "error-2", "p50", "users"];
    return (name) => left[/^[2-5]\d\d$/.test(name) ? name[0] : 0]?.shift() ?? others.shift() ?? "error-5";
  };

  const machine = (place) => {
    const isKnown = (values) => values.some((value) => value != null);
    const all = [
      {name: "CPU", values: report.cpu, color: color("accent"), format: (v) => `${formatNumber(v)}%`, scale: "percent",
        axis: {values: (u, splits) => splits.map((v) => `${v}%`)}},
      {name: say.memory, values: report.memory, color: color("p95"), format: (v) => `${formatNumber(v)} MB`,
        axis: {values: (u, splits) => splits.map((v) => `${formatNumber(v)} MB`), size: 72}},
    ].filter((one) => isKnown(one.values));
    // The first has the axis at the left.
    const axes = all.map(({scale = "y", axis}, i) => ({scale, ...axis, ...(i > 0 ? {side: 1, grid: {show: false}} : {})}));
    return lines(place, ofRun, all, formatNumber, {scales: {percent: {range: [0, 100]}}, axes});
  };

  /** What a run knows besides its requests: points of its own, on the axis of all others. */
  const formats = {
    time: formatTime,
    share: formatShare,
    number: (value) => (Math.abs(value) < 1e6 ? formatNumber(value) : grouped(value, {notation: "compact", maximumSignificantDigits: 3})),
  };
  const beside = ({first, step, format, stacked, series}) => (place) => {
    const time = series[0].values.map((value, i) => first + i * step);
    const period = {...frame(time, step), first: ofRun.first, end: ofRun.end};
    const range = format === "share" ? [0, 1.04] : (u, least, most) => [Math.min(0, least * 1.08), most > 0 ? most * 1.08 : least < 0 ? 0 : 1];
    return lines(place, period, series.map(({name, values, color: of}) => {
      const line = color(of);
      return {name, values, color: line, fill: stacked ? transparent(line, 0.55) : undefined};
    }), formats[format], {stacked, spanGaps: !stacked, scales: {y: {range}}});
  };

  /** Response time by percentile. Each further nine takes the same room: the scale is that of one request in so many. */
  const curve = (all) => (place) => {
    keys(place, all);
    const series = all.filter((one) => !isHidden(place, one.name));
    const length = Math.max(...all.map((one) => one.values.length));
    const percentiles = report.percentiles.slice(0, length);
    const name = (q) => `${Number((q * 100).toFixed(5)).toLocaleString(report.lang, {maximumFractionDigits: 5})}%`;
    const marks = [0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999, 0.5, 0.95, 0, 0.75];  // which matter most
    const describe = (chart) => {
      const at = chart.cursor.idx;
      return at == null ? null : [[name(percentiles[at])],
        ...series.map((one) => [`${one.name}: ${one.values[at] == null ? "–" : formatTime(one.values[at])}`, one.color])];
    };
    return plot(place, 220, {
      series: [{}, ...series.map((one) => ({stroke: one.color, width: 1.6, fill: one.fill, points: {show: false}}))],
      scales: {x: {time: false, distr: 3, range: [1, Math.max(1 / (1 - percentiles[length - 1]), 2)]}, y: {range: fromZero}},
      axes: [
        {
          splits: (u, axis, least, most) => {
            const length = u.width - aside;
            const x = (at) => (Math.log(at / least) / Math.log(most / least)) * length;
            const ticks = [];
            for (const at of marks.map((q) => 1 / (1 - q))) {
              const isThere = at >= least && at <= most * 1.000001;
              if (isThere && ticks.every((tick) => Math.abs(x(tick) - x(at)) > 48)) ticks.push(at);
            }
            return ticks.sort((a, b) => a - b);
          },
          filter: (u, splits) => splits,
          values: (u, splits) => splits.map((at) => name(1 - 1 / at)),
        },
        {values: (u, splits) => splits.map(formatTime)},
      ],
      plugins: [tooltip(describe)],
    }, [percentiles.map((q) => 1 / (1 - q)), ...series.map((one) => percentiles.map((q, i) => one.values[i] ?? null))]);
  };

  /** Requests by response time: bars of the same width on a scale of powers. */
  const bars = ({scale, first, width, counts}, fill) => (place) => {
    keys(place, []);
    const edges = [...counts, 0].map((count, i) => 2 ** ((first + i * width) / 2 ** scale));
    const total = counts.reduce((sum, count) => sum + count, 0);
    const barAt = (seconds) => edges.findIndex((edge) => edge >= seconds) - 1;
    const describe = (chart) => {
      const at = barAt(chart.posToVal(chart.cursor.left, "x"));
      return counts[at] == null ? null : [[`${formatTime(edges[at])} – ${formatTime(edges[at + 1])}`],
        [`${say.requests}: ${grouped(counts[at])} (${formatShare(counts[at] / total)})`, fill()]];
    };
    const paint = (chart) => {
      const {ctx, bbox} = chart;
      ctx.save();
      ctx.beginPath();
      ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
      ctx.clip();
      const x = edges.map((edge) => Math.round(chart.valToPos(edge, "x", true)));
      const bottom = chart.valToPos(0, "y", true);
      ctx.fillStyle = fill();
      counts.forEach((count, i) => {
        // What is there shows, however little.
        const top = count ? Math.min(chart.valToPos(count, "y", true), bottom - devicePixelRatio) : bottom;
        ctx.fillRect(x[i], top, Math.max(x[i + 1] - x[i] - devicePixelRatio, 1), bottom - top);
      });
      ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
      ctx.textBaseline = "top";
      for (const [seconds, name] of [[report.apdex, "T"], [report.apdex * 4, "4T"]]) {
        const at = chart.valToPos(seconds, "x", true);
        if (at < bbox.left + 1 || at > bbox.left + bbox.width - 1) continue;
        ctx.strokeStyle = ctx.fillStyle = color("quiet");
        ctx.lineWidth = devicePixelRatio;
        ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
        ctx.beginPath();
        ctx.moveTo(at, bbox.top);
        ctx.lineTo(at, bottom);
        ctx.stroke();
        const isLeft = at > bbox.left + bbox.width - 24 * devicePixelRatio;
        ctx.textAlign = isLeft ? "right" : "left";
        ctx.fillText(name, at + (isLeft ? -4 : 4) * devicePixelRatio, bbox.top + 2);
      }
      ctx.restore();
    };
    return plot(place, 220, {
      cursor: {points: {show: false}},
      series: [{}, {paths: () => null, points: {show: false}}],
      scales: {x: {time: false, distr: 3, range: [edges[0], edges[edges.length - 1]]}, y: {range: fromZero}},
      axes: [powerAxis((u) => u.width - aside, 54), {values: (u, splits) => splits.map((v) => (v % 1 ? "" : formatNumber(v)))}],
      hooks: {drawAxes: [paint]},
      plugins: [tooltip(describe)],
    }, [edges.slice(0, -1), counts]);
  };

  /** Response time against something else: a point for each point of time at which both are known. */
  const scatter = (period, against, values, name, format) => (place) => {
    const all = Object.entries(values).map(([of, each]) => ({name: say[of] ?? of, values: each, color: colorOfTime(of)}));
    keys(place, all);
    const series = all.filter((one) => !isHidden(place, one.name));
    const order = period.time.map((start, at) => at)
      .filter((at) => against[at] != null && all.some((one) => one.values[at] != null))
      .sort((a, b) => against[a] - against[b]);
    const describe = (chart, pointedAt) => {
      if (!pointedAt) return null;
      let nearest = null;
      order.forEach((at) => {
        const x = chart.valToPos(against[at], "x") - chart.cursor.left;
        for (const one of series) {
          if (one.values[at] == null) continue;
          const far = x ** 2 + (chart.valToPos(one.values[at], "y") - chart.cursor.top) ** 2;
          if (far < (nearest?.far ?? 900)) nearest = {far, at};
        }
      });
      if (!nearest) return null;
      const {at} = nearest;
      return [[formatClock(period.time[at], period.step)], [`${name}: ${format(against[at])}`],
        ...series.map((one) => [`${one.name}: ${one.values[at] == null ? "–" : formatTime(one.values[at])}`, one.color])];
    };
    return plot(place, 220, {
      cursor: {points: {show: false}, drag: {x: false, y: false}, x: false},
      series: [{}, ...series.map((one) => ({
        paths: () => null,
        points: {show: true, size: 5, width: 0, stroke: "transparent", fill: transparent(one.color, 0.7)},
      }))],
      scales: {x: {time: false, range: fromZero}, y: {range: fromZero}},
      axes: [
        {label: name, labelSize: 18, labelFont: "12px system-ui, sans-serif", size: 26, labelGap: 0, grid: {show: true, stroke: color("grid"), width: 1},
          values: (u, splits) => splits.map(format)},
        {values: (u, splits) => splits.map(formatTime)},
      ],
      plugins: [tooltip(describe)],
    }, [order.map((at) => against[at]), ...series.map((one) => order.map((at) => one.values[at]))]);
  };

  const heatmap = (place) => {
    const {time, step, bounds, columns, most} = report.heatmap;
    const colors = heatColors();
    const fill = (count) => colors[Math.round((Math.log1p(count) / Math.log1p(most)) * 63)];
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
    place.append(element("div", "keys", element("span", "", "1", scale, inCell(most))));
    return timed(place, ofRun, 320, {
      cursor: {points: {show: false}, y: true},
      series: [{}, {paths: () => null, points: {show: false}}],
      scales: {y: {distr: 3, range: () => [bounds[0], bounds[bounds.length - 1]]}},
      axes: [{size: 66, ...powerAxis(() => 280, 20)}],
      hooks: {drawAxes: [paint]},
      plugins: [tooltip(cell)],
    }, [ofRun.middle, ofRun.middle.map(() => bounds[0])]);
  };

  // ---- Drawing them all, again where theme or room change

  const drawAll = () => {
    for (const [id, {make}] of [...shown]) show(id, make);
  };
  if (ofRun) {
    const accent = () => color("accent");
    show("requests", rates(ofRun, report));
    const has = (id) => document.getElementById(id) !== null;
    if (has("percentiles")) show("percentiles", times(ofRun, report.times));
    if (report.users) show("users", users);
    if (report.errors_by_type) show("errors", parts(report.errors_by_type, (name, i) => `error-${i}`));
    if (report.statuses) show("statuses", (place) => parts(report.statuses, statusColors())(place));
    if (has("bytes")) show("bytes", bytes);
    if (report.cpu) show("machine", machine);
    if (has("by-endpoint")) show("by-endpoint", byEndpoint);
    if (report.heatmap) show("heatmap", heatmap);
    for (const chart of report.more ?? []) show(chart.id, beside(chart));
    if (report.bars) show("bars", bars(report.bars, accent));
    if (report.curve) show("curve", (place) => curve([{name: say.all, values: report.curve, color: accent(), fill: transparent(accent(), 0.14)}])(place));
    if (has("against-throughput")) show("against-throughput", scatter(ofRun, report.requests, report.times, say.requestsOverTime, formatNumber));
    if (has("against-users")) show("against-users", scatter(ofRun, report.users, report.times, say.users, formatNumber));
  }

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

  for (const hint of document.querySelectorAll(".screen")) hint.hidden = false;

  // ---- Sorting

  // Rows with keys change places, each within its part of the table; a key that is no number stands for the text.
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    const bodies = [...table.tBodies].map((body) => [body, [...body.rows].filter((row) => row.dataset.keys !== undefined)]);
    const keysOf = new Map(bodies.flatMap(([, rows]) => rows.map((row) => [row, row.dataset.keys.split(" ").map(Number)])));
    const isNamed = (i) => i === 0 || [...keysOf.values()].every((keys) => Number.isNaN(keys[i - 1]));
    const key = (row, i) => (isNamed(i) ? row.cells[i].textContent : keysOf.get(row)[i - 1]);
    heads.forEach((head, i) => {
      if ([...keysOf.keys()].every((row) => key(row, i) === "")) return;  // pictures
      const button = element("button", "", ...head.childNodes);
      button.type = "button";
      head.append(button);
      button.addEventListener("click", () => {
        // Numbers begin with the largest, names with A.
        const [first, other] = isNamed(i) ? ["ascending", "descending"] : ["descending", "ascending"];
        const order = head.getAttribute("aria-sort") === first ? other : first;
        heads.forEach((one) => one.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", order);
        const sign = order === "ascending" ? 1 : -1;
        closeDetails();
        for (const [body, rows] of bodies) {
          const rest = [...body.rows].filter((row) => !keysOf.has(row)).slice(body.rows[0].dataset.keys === undefined ? 1 : 0);
          body.append(...[...rows].sort((a, b) => {
            const [x, y] = [key(a, i), key(b, i)];
            return sign * (isNamed(i) ? x.localeCompare(y, report.lang) : x - y);
          }), ...rest);
        }
      });
    });
    if (table.id === "endpoints") heads[heads.length - 1].setAttribute("aria-sort", "descending");
  }

  // ---- Endpoints: charts of one of them, and those whose name holds something

  const table = document.getElementById("endpoints");
  let details = null;  // the row that is open, and the one with its charts

  function closeDetails() {
    if (!details) return;
    for (const id of details.charts) remove(id);
    details.more.remove();
    details.button.setAttribute("aria-expanded", "false");
    details = null;
  }

  const figure = (id, name) => {
    const place = element("div", "chart");
    place.id = id;
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", name);
    return element("figure", "", element("figcaption", "", name), place);
  };

  const openDetails = (row, button, endpoint) => {
    const name = row.cells[0].textContent;
    const charts = [
      ["endpoint-requests", say.requestsOverTime, rates(ofEndpoints, endpoint)],
      ["endpoint-times", say.timesOverTime, times(ofEndpoints, endpoint.times)],
    ];
    if (endpoint.curve) {
      charts.push(
        ["endpoint-bars", say.byTime, bars(endpoint.bars, () => color("accent"))],
        ["endpoint-curve", say.byPercentile, (place) => curve([
          {name: say.endpoint, values: endpoint.curve, color: color("accent"), fill: transparent(color("accent"), 0.14)},
          {name: say.all, values: report.curve ?? [], color: color("quiet")}])(place)]);
    }
    const {requests, users: active} = report.endpoints;
    if (Object.values(endpoint.times).some((values) => values.some((value) => value != null))) {
      charts.push(["endpoint-throughput", say.againstThroughput,
        scatter(ofEndpoints, requests, endpoint.times, say.allRequests, formatNumber)]);
      if (report.usersVary) {
        charts.push(["endpoint-users", say.againstUsers, scatter(ofEndpoints, active, endpoint.times, say.users, formatNumber)]);
      }
    }
    const facts = element("p", "facts", endpoint.facts.join(" · "));
    const inner = element("div", "details", element("h3", "", name), facts,
      element("div", "charts", ...charts.map(([id, title]) => figure(id, title))));
    const cell = element("td", "", inner);
    cell.colSpan = row.cells.length;
    const more = element("tr", "more-of", cell);
    row.after(more);
    // As wide as what can be seen of the table, and in sight wherever that is scrolled to.
    const fit = () => { inner.style.width = `${table.parentElement.clientWidth}px`; };
    fit();
    details = {more, button, fit, charts: charts.map(([id]) => id)};
    button.setAttribute("aria-expanded", "true");
    for (const [id, , make] of charts) show(id, make);
  };
  new ResizeObserver(() => details?.fit()).observe(table.parentElement);

  const rows = [...table.tBodies[0].rows];
  rows.slice(0, report.endpoints?.each.length ?? 0).forEach((row, i) => {
    const button = element("button", "open", ...row.cells[0].childNodes);
    button.type = "button";
    button.setAttribute("aria-expanded", "false");
    row.cells[0].append(button);
    row.classList.add("opens");
    row.addEventListener("click", () => {
      if (String(getSelection())) return;
      const isOpen = details?.button === button;
      closeDetails();
      if (!isOpen) openDetails(row, button, report.endpoints.each[i]);
    });
  });

  const simple = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const filter = document.getElementById("filter");
  const [wanted, found] = filter.children;
  filter.hidden = rows.length < 2;
  wanted.addEventListener("input", () => {
    closeDetails();
    const words = simple(wanted.value).split(/\s+/);
    for (const row of rows) {
      const name = simple(row.cells[0].textContent);
      row.hidden = !words.every((word) => name.includes(word));
    }
    const left = rows.filter((row) => !row.hidden).length;
    found.textContent = left === rows.length ? "" : say.filtered.replace("{}", grouped(left)).replace("{}", grouped(rows.length));
  });
})();
