// An app's shortcuts: the global ones beside the composer, those of a message in its menu.

import { element } from "./dom.js";

export function shortcutMenu(box, shortcuts, use) {
  box.append(...shortcuts.filter((entry) => entry.type === "global").map((entry) => item(entry, use, `⚡ ${entry.name}`)));
}

export function messageMenu(shortcuts, use) {
  const items = shortcuts.filter((entry) => entry.type === "message").map((entry) => item(entry, use, entry.name));
  return items.length ? element("details", { class: "menu" }, element("summary", { "aria-label": "More actions", title: "More actions" }, "⋮"), ...items) : null;
}

function item(entry, use, label) {
  const press = (event) => {
    event.currentTarget.closest("details")?.removeAttribute("open");
    use(entry.callback_id);
  };
  return element("button", { type: "button", title: entry.description, onclick: press }, label);
}
