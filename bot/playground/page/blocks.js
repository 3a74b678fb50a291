// Block Kit as Slack shows it. https://docs.slack.dev/reference/block-kit/blocks

import { chart } from "./charts.js";
import { element } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { dataTable, plainTable } from "./tables.js";

// `context` holds `names` (a user's name by id) and `press` (what a click or choice does).
export function blocks(list, context) {
  return list.map((block) => {
    const shape = SHAPES[block.type];
    const shown = shape ? shape(block, context) : unknown(block.type);
    shown.classList.add("block", block.type);
    return shown;
  });
}

const unknown = (type) => element("div", { class: "unknown" }, `Block of type ${type}`);

function text(object, context) {
  if (!object) return null;
  return object.type === "mrkdwn" ? mrkdwn(object.text, context.names) : element("div", { class: "text" }, object.text);
}

const SHAPES = {
  header: (block, context) => element("div", { role: "heading", "aria-level": "3" }, text(block.text, context)),
  section: (block, context) => {
    const main = element("div", { class: "main" }, text(block.text, context));
    if (block.fields) main.append(element("div", { class: "fields" }, ...block.fields.map((field) => text(field, context))));
    const accessory = block.accessory ? part(block.accessory, block, context) : null;
    return element("div", {}, main, accessory);
  },
  context: (block, context) =>
    element("div", {}, ...block.elements.map((entry) => (entry.type === "image" ? image(entry) : text(entry, context)))),
  divider: () => element("div", {}, element("hr")),
  actions: (block, context) => element("div", {}, ...block.elements.map((entry) => part(entry, block, context))),
  image: (block) => element("div", {}, image(block)),
  markdown: (block) => element("div", {}, element("div", { class: "text" }, block.text)),
  rich_text: (block, context) => element("div", {}, richText(block, context)),
  table: (block, context) => element("div", {}, plainTable(block, (cell) => richText(cell, context))),
  data_table: (block) => element("div", {}, dataTable(block)),
  data_visualization: (block) => element("div", {}, chart(block)),
  container: (block, context) => {
    const inside = element("details", { open: !block.default_collapsed }, element("summary", {}, block.title?.text ?? ""));
    inside.append(...blocks(block.child_blocks ?? [], context));
    return element("div", {}, inside);
  },
};

const image = (entry) => element("img", { src: entry.image_url, alt: entry.alt_text ?? "", loading: "lazy" });

function part(entry, block, context) {
  if (entry.type === "button") return button(entry, block, context);
  if (entry.type === "static_select" || entry.type === "overflow") return select(entry, block, context);
  if (entry.type === "image") return image(entry);
  return unknown(entry.type);
}

function button(entry, block, context) {
  const { action_id, value } = entry;
  const press = (event) => context.press(block.block_id ?? "", { type: "button", action_id, value, text: entry.text }, event.currentTarget);
  const style = `slack-button ${entry.style ?? ""}`;
  if (entry.url) return element("a", { class: style, href: entry.url, rel: "noreferrer", target: "_blank" }, entry.text.text);
  return element("button", { type: "button", class: style, onclick: press, "aria-label": entry.accessibility_label }, entry.text.text);
}

function select(entry, block, context) {
  const choose = (event) => {
    const selected_option = entry.options[event.currentTarget.value];
    context.press(block.block_id ?? "", { type: entry.type, action_id: entry.action_id, selected_option }, event.currentTarget);
  };
  const first = element("option", { value: "", selected: true, disabled: true }, entry.placeholder?.text ?? "…");
  const options = entry.options.map((option, index) => element("option", { value: String(index) }, option.text.text));
  return element("select", { class: "slack-select", onchange: choose, "aria-label": entry.placeholder?.text ?? "Choose" }, first, ...options);
}

function richText(block, context) {
  const box = element("div", { class: "text" });
  for (const entry of block.elements ?? []) box.append(richElement(entry, context));
  return box;
}

function richElement(entry, context) {
  const inside = () => (entry.elements ?? []).map((child) => richElement(child, context));
  switch (entry.type) {
    case "rich_text_section": return element("span", {}, ...inside());
    case "rich_text_preformatted": return element("pre", {}, ...inside());
    case "rich_text_quote": return element("blockquote", {}, ...inside());
    case "rich_text_list":
      return element(entry.style === "ordered" ? "ol" : "ul", {}, ...inside().map((child) => element("li", {}, child)));
    case "user": return element("span", { class: "mention" }, `@${context.names(entry.user_id) ?? entry.user_id}`);
    case "link": return element("a", { href: entry.url, rel: "noreferrer", target: "_blank" }, entry.text ?? entry.url);
    default: {
      const tag = entry.style?.bold ? "strong" : entry.style?.italic ? "em" : entry.style?.code ? "code" : "span";
      return element(tag, {}, entry.text ?? "");
    }
  }
}
