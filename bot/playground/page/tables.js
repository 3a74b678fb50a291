// data_table (sorted and paged by the reader) and table.

import { element } from "./dom.js";

const isNumber = (cell) => cell.type === "raw_number";

export function dataTable(block) {
  const [header, ...rows] = block.rows;
  const state = { page: 0, column: null, falling: true };
  const box = element("div", { class: "scroller" });
  const draw = () => box.replaceChildren(...view(block, header, rows, state, draw));
  draw();
  return box;
}

function view(block, header, rows, state, draw) {
  const size = block.page_size ?? 5;
  const pages = Math.ceil(rows.length / size);
  const shown = sorted(rows, state).slice(state.page * size, (state.page + 1) * size);
  const numeric = header.map((_, place) => rows.every((row) => isNumber(row[place])));
  const head = header.map((cell, place) => heading(cell, place, numeric[place], rows, state, draw));
  const body = shown.map((row) => element("tr", {}, ...row.map((cell, place) => dataCell(cell, place, block, numeric[place]))));
  const table = element("table", { class: "data" }, element("caption", {}, block.caption),
    element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...body));
  return pages > 1 ? [table, pager(pages, state, draw)] : [table];
}

function heading(cell, place, numeric, rows, state, draw) {
  const sort = () => {
    state.falling = state.column === place ? !state.falling : numeric;
    state.column = place;
    state.page = 0;
    draw();
  };
  const order = state.column === place ? (state.falling ? "descending" : "ascending") : null;
  const sign = order ? (state.falling ? " ↓" : " ↑") : "";
  return element("th", { scope: "col", class: numeric ? "number" : null, "aria-sort": order },
    element("button", { type: "button", onclick: sort }, `${cell.text}${sign}`));
}

function sorted(rows, { column, falling }) {
  if (column === null) return rows;
  const key = (row) => (isNumber(row[column]) ? row[column].value : row[column].text);
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
  return [...rows].sort((a, b) => (falling ? -1 : 1) * compare(key(a), key(b)));
}

function dataCell(cell, place, block, numeric) {
  const tag = place === (block.row_header_column_index ?? -1) ? "th" : "td";
  return element(tag, { scope: tag === "th" ? "row" : null, class: numeric || isNumber(cell) ? "number" : null }, cell.text ?? "");
}

function pager(pages, state, draw) {
  const go = (step) => () => {
    state.page += step;
    draw();
  };
  return element("div", { class: "pages" },
    element("button", { type: "button", disabled: state.page === 0, onclick: go(-1) }, "Previous"),
    element("span", {}, `${state.page + 1} of ${pages}`),
    element("button", { type: "button", disabled: state.page >= pages - 1, onclick: go(1) }, "Next"));
}

export function plainTable(block, richText) {
  const settings = block.column_settings ?? [];
  const rows = block.rows.map((row, index) =>
    element("tr", {}, ...row.map((cell, place) =>
      element(index ? "td" : "th", { class: settings[place]?.align === "right" ? "number" : null },
        cell.type === "rich_text" ? richText(cell) : cell.text ?? ""))));
  return element("div", { class: "scroller" }, element("table", { class: "data" }, ...rows));
}
