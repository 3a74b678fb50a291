// data_visualization as SVG, with the same figures as a table for screen readers.

import { drawing, element } from "./dom.js";

const WIDTH = 640;
const HEIGHT = 250;
const LEFT = 62;
const RIGHT = 12;
const TOP = 30;
const BOTTOM = 40;
const TICKS = 4;

const colour = (index) => `var(--series-${(index % 6) + 1})`;
const shown = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 });
const short = new Intl.NumberFormat("en-GB", { notation: "compact", maximumFractionDigits: 1 });

export function chart(block) {
  const { chart: data, title } = block;
  const figure = element("figure", { class: "chart" }, element("figcaption", {}, title));
  if (data.type === "pie") {
    figure.append(pie(data.segments), legend(data.segments.map((entry) => entry.label)));
    figure.append(figures(title, ["Value"], data.segments.map((entry) => [entry.label, entry.value])));
    return figure;
  }
  figure.append(axes(data, title));
  if (data.series.length > 1) figure.append(legend(data.series.map((entry) => entry.name)));
  const categories = data.axis_config.categories;
  const rows = categories.map((label) => [label, ...data.series.map((entry) => valueOf(entry, label))]);
  figure.append(figures(title, data.series.map((entry) => entry.name), rows));
  return figure;
}

const valueOf = (series, label) => series.data.find((point) => point.label === label)?.value ?? 0;

function axes(data, title) {
  const categories = data.axis_config.categories;
  const values = data.series.flatMap((series) => series.data.map((point) => point.value));
  const [low, high, step] = bounds(Math.min(0, ...values), Math.max(0, ...values));
  const y = (value) => TOP + ((high - value) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const room = (WIDTH - LEFT - RIGHT) / categories.length;
  const x = (index) => LEFT + room * (index + 0.5);
  const svg = drawing("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": title });
  for (let tick = low; tick <= high + step / 2; tick += step) {
    svg.append(drawing("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(tick), y2: y(tick) }));
    svg.append(label(LEFT - 6, y(tick) + 4, short.format(tick), "end"));
  }
  const every = Math.ceil(categories.length / 12);
  categories.forEach((name, index) => {
    if (index % every === 0) svg.append(label(x(index), HEIGHT - BOTTOM + 16, name, "middle"));
  });
  if (data.axis_config.y_label) svg.append(label(4, 13, data.axis_config.y_label, "start"));
  if (data.axis_config.x_label) svg.append(label(WIDTH / 2, HEIGHT - 4, data.axis_config.x_label, "middle"));
  data.series.forEach((series, index) => {
    svg.append(...(data.type === "bar" ? bars(data, series, index, x, y, room) : line(data, series, index, x, y)));
  });
  return svg;
}

function bounds(least, most) {
  const span = most - least || 1;
  const rough = span / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  return [Math.floor(least / step) * step, Math.ceil(most / step) * step || step, step];
}

function line(data, series, index, x, y) {
  const points = data.axis_config.categories.map((name, place) => [x(place), y(valueOf(series, name)), name]);
  const path = points.map(([across, down], place) => `${place ? "L" : "M"}${across.toFixed(1)} ${down.toFixed(1)}`).join(" ");
  const nodes = [];
  if (data.type === "area") {
    const closed = `${path} L${points.at(-1)[0]} ${y(0)} L${points[0][0]} ${y(0)} Z`;
    nodes.push(drawing("path", { d: closed, style: `fill: ${colour(index)}; opacity: .18` }));
  }
  nodes.push(drawing("path", { d: path, style: `fill: none; stroke: ${colour(index)}; stroke-width: 2.2` }));
  for (const [across, down, name] of points) {
    const tip = drawing("title");
    tip.textContent = `${series.name}, ${name}: ${shown.format(valueOf(series, name))}`;
    nodes.push(drawing("circle", { cx: across, cy: down, r: 3.5, style: `fill: ${colour(index)}` }, tip));
  }
  return nodes;
}

function bars(data, series, index, x, y, room) {
  const width = (room * 0.72) / data.series.length;
  return data.axis_config.categories.map((name, place) => {
    const value = valueOf(series, name);
    const tip = drawing("title");
    tip.textContent = `${series.name}, ${name}: ${shown.format(value)}`;
    return drawing("rect", {
      x: x(place) - room * 0.36 + width * index, width, y: Math.min(y(value), y(0)), height: Math.abs(y(0) - y(value)),
      style: `fill: ${colour(index)}`,
    }, tip);
  });
}

function pie(segments) {
  const total = segments.reduce((sum, entry) => sum + entry.value, 0);
  const svg = drawing("svg", { viewBox: "0 0 640 220", role: "img" });
  let angle = -Math.PI / 2;
  segments.forEach((entry, index) => {
    const turn = (entry.value / total) * 2 * Math.PI;
    const [from, to] = [angle, angle + Math.min(turn, 2 * Math.PI - 1e-4)];
    const at = (radians) => `${320 + 100 * Math.cos(radians)} ${110 + 100 * Math.sin(radians)}`;
    const tip = drawing("title");
    tip.textContent = `${entry.label}: ${shown.format(entry.value)}`;
    const path = `M320 110 L${at(from)} A100 100 0 ${turn > Math.PI ? 1 : 0} 1 ${at(to)} Z`;
    svg.append(drawing("path", { d: path, style: `fill: ${colour(index)}` }, tip));
    angle += turn;
  });
  return svg;
}

function label(x, y, text, anchor) {
  const made = drawing("text", { x, y, "text-anchor": anchor });
  made.textContent = text;
  return made;
}

function legend(names) {
  return element("div", { class: "legend" }, ...names.map((name, index) => element("span", { style: `--swatch: ${colour(index)}` }, name)));
}

function figures(title, columns, rows) {
  const head = element("tr", {}, element("th", {}, ""), ...columns.map((name) => element("th", { scope: "col" }, name)));
  const body = rows.map(([name, ...values]) =>
    element("tr", {}, element("th", { scope: "row" }, name), ...values.map((value) => element("td", {}, shown.format(value)))));
  return element("table", { class: "hidden" }, element("caption", {}, title), head, ...body);
}
