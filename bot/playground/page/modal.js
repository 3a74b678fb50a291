// A modal with inputs. https://docs.slack.dev/surfaces/modals

import { blocks } from "./blocks.js";
import { choice } from "./choices.js";
import { element } from "./dom.js";

// `answer` gets what was typed, by block and action; null where the window is closed. `context` holds the channels.
export function modal(view, answer, context) {
  const fields = [];
  const body = view.blocks.map((block) => (block.type === "input" ? input(block, fields, context) : blocks([block], {})[0]));
  const send = (event) => {
    event.preventDefault();
    const values = {};
    for (const [block, action, field] of fields) values[block] = { ...values[block], [action]: field.value };
    answer(values);
  };
  return element("form", { onsubmit: send },
    element("h2", { id: "modal-title" }, view.title.text),
    ...body,
    element("div", { class: "buttons" },
      element("button", { type: "button", class: "slack-button", onclick: () => answer(null) }, view.close?.text ?? "Close"),
      view.submit ? element("button", { type: "submit", class: "slack-button primary" }, view.submit.text) : null));
}

function input(block, fields, context) {
  const { action_id } = block.element;
  const field = choice(block.element, context) ?? typed(block.element);
  fields.push([block.block_id ?? action_id, action_id, field]);
  return element("label", { class: "input" }, block.label.text, field, block.hint ? element("small", {}, block.hint.text) : null);
}

function typed({ multiline, max_length, initial_value, placeholder }) {
  const field = element(multiline ? "textarea" : "input", { maxlength: max_length, placeholder: placeholder?.text, rows: multiline ? 4 : null });
  field.value = initial_value ?? "";
  return field;
}
