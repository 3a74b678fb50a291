// A modal with inputs. https://docs.slack.dev/surfaces/modals

import { blocks } from "./blocks.js";
import { element } from "./dom.js";
import { SELECTS } from "./selects.js";

// `app` holds what the window asks of it: `answer` (gets what was given, by block and action; null where the
// window is closed), `suggest` and `choose`, the `channels` and the `people`. `kept` is the state of the window before an update.
export function modal(view, app, kept = new Map()) {
  const fields = [];
  const values = () => {
    const given = {};
    for (const { block, action, control } of fields) given[block] = { ...given[block], [action]: control.value() };
    return given;
  };
  const context = { ...app, values };
  const body = view.blocks.map((block) => (block.type === "input" ? input(block, fields, context) : blocks([block], {})[0]));
  for (const { key, control } of fields) if (kept.has(key)) control.restore(kept.get(key));
  const send = async (event) => {
    event.preventDefault();
    const errors = (await app.answer(values())) ?? {};
    for (const field of fields) field.complain(errors[field.block] ?? "");
    fields.find((field) => errors[field.block])?.node.scrollIntoView({ block: "nearest" });
  };
  const form = element("form", { onsubmit: send, novalidate: true },
    element("h2", { id: "modal-title" }, view.title.text),
    ...body,
    element("div", { class: "buttons" },
      element("button", { type: "button", class: "slack-button", onclick: () => app.answer(null) }, view.close?.text ?? "Close"),
      view.submit ? element("button", { type: "submit", class: "slack-button primary" }, view.submit.text) : null));
  return { form, state: () => new Map(fields.map(({ key, control }) => [key, control.state()])) };
}

function input(block, fields, context) {
  const { type, action_id } = block.element;
  const name = block.block_id ?? action_id;
  const label = `input-${name}`;
  const chosen = () => { if (block.dispatch_action) context.choose(name, context.values()); };
  const make = SELECTS[type] ?? typed;
  const control = make(block.element, label, { suggest: (text) => context.suggest(name, action_id, text), chosen, channels: context.channels, people: context.people });
  const wrong = element("p", { class: "wrong", role: "alert" });
  const optional = block.optional ? element("span", { class: "optional" }, " (optional)") : null;
  const node = element("div", { class: "input", "data-action": action_id }, element("label", { for: label }, block.label.text, optional), control.node,
    block.hint ? element("p", { class: "hint" }, block.hint.text) : null, wrong);
  const complain = (sentence) => { wrong.textContent = sentence; };
  fields.push({ block: name, action: action_id, key: `${name} ${action_id}`, control, node, complain });
  return node;
}

function typed(entry, label) {
  const { multiline, max_length, initial_value, placeholder } = entry;
  const node = element(multiline ? "textarea" : "input", { id: label, maxlength: max_length, placeholder: placeholder?.text, rows: multiline ? 4 : null });
  node.value = initial_value ?? "";
  return { node, value: () => node.value, state: () => node.value, restore: (value) => { node.value = value; } };
}
