// The menus of a modal. https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element

import { element } from "./dom.js";

const SEARCH_AFTER = 150;
let made = 0;

// Each control has its `node`, `value` (what is sent), `state` and `restore` (kept when the modal is updated).
// `context` holds `suggest` (the options for a typed text), `chosen` (called when a choice changes), `channels`, `people`.
export const SELECTS = {
  static_select: (entry, label, context) => plain(entry, label, context),
  multi_static_select: (entry, label, context) => combobox(entry, label, context, true),
  external_select: (entry, label, context) => combobox(entry, label, context, false),
  multi_external_select: (entry, label, context) => combobox(entry, label, context, true),
  conversations_select: (entry, label, context) => list(entry, label, context, entry.initial_conversation,
    context.channels.filter((channel) => channel.kind === "channel").map((channel) => [channel.channel, `#${channel.name}`])),
  multi_users_select: (entry, label, context) => people(entry, label, context),
  timepicker: (entry, label, context) => field(element("input", { id: label, type: "time", onchange: () => context.chosen() }), entry.initial_time),
};

function plain(entry, label, context) {
  return list(entry, label, context, entry.initial_option?.value, entry.options.map((option) => [option.value, option.text.text]));
}

function people(entry, label, context) {
  const options = context.people.map((person) => ({ value: person.user, text: { text: person.name } }));
  const first = options.filter((option) => entry.initial_users?.includes(option.value));
  return combobox({ ...entry, options, initial_options: first }, label, context, true);
}

function list(entry, label, context, first, options) {
  const none = element("option", { value: "", disabled: true, hidden: true }, entry.placeholder?.text ?? "Choose");
  return field(element("select", { id: label, onchange: () => context.chosen() }, none, ...options.map(([value, shown]) => element("option", { value }, shown))), first);
}

function field(node, first) {
  const restore = (value) => {
    node.value = value;
    if (node.selectedIndex < 0) node.value = "";
  };
  restore(first ?? "");
  return { node, value: () => node.value || null, state: () => node.value, restore };
}

function combobox(entry, label, context, several) {
  let chosen = entry.initial_options ?? (entry.initial_option ? [entry.initial_option] : []);
  let shown = [];
  let active = -1;
  let asked = 0;
  let timer = 0;
  const list = `options-${(made += 1)}`;
  const chips = element("ul", { class: "chosen" });
  const box = element("ul", { id: list, role: "listbox", hidden: true });
  const status = element("span", { class: "hidden", role: "status" });
  const input = element("input", {
    id: label, role: "combobox", autocomplete: "off", spellcheck: "false", "aria-autocomplete": "list", "aria-controls": list, "aria-expanded": "false",
    placeholder: entry.placeholder?.text,
    oninput: () => search(SEARCH_AFTER), onfocus: () => { if (entry.options) search(0); }, onblur: () => close(),
    onclick: () => { if (entry.options) search(0); }, onkeydown: (event) => key(event),
  });

  function search(after) {
    clearTimeout(timer);
    timer = setTimeout(find, after);
  }

  async function find() {
    const text = input.value.trim();
    const number = (asked += 1);
    let found;
    if (entry.options) {
      found = entry.options.filter((option) => option.text.text.toLowerCase().includes(text.toLowerCase()));
    } else {
      if (text.length < (entry.min_query_length ?? 3)) return close();
      found = await context.suggest(text);
    }
    if (number !== asked || document.activeElement !== input) return;  // typed on, or gone elsewhere
    open(found.filter((option) => !chosen.some((other) => other.value === option.value)));
  }

  function open(found) {
    shown = found;
    active = found.length ? 0 : -1;
    box.replaceChildren(...(found.length ? found.map(row) : [element("li", { class: "none" }, "No results")]));
    box.hidden = false;
    input.setAttribute("aria-expanded", "true");
    status.textContent = found.length ? `${found.length} results` : "No results";
    mark();
  }

  function row(option, place) {
    return element("li", { id: `${list}-${place}`, role: "option", onmousedown: (event) => { event.preventDefault(); take(place); } }, option.text.text);
  }

  function mark() {
    for (const [place, item] of [...box.children].entries()) {
      item.setAttribute("aria-selected", String(place === active));
      if (place === active) item.scrollIntoView({ block: "nearest" });
    }
    if (active >= 0) input.setAttribute("aria-activedescendant", `${list}-${active}`);
    else input.removeAttribute("aria-activedescendant");
  }

  function close() {
    clearTimeout(timer);
    asked += 1;
    box.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function take(place) {
    const option = shown[place];
    if (!option) return;
    chosen = several ? [...chosen, option].slice(0, entry.max_selected_items ?? 100) : [option];
    input.value = "";
    close();
    draw();
    context.chosen();
  }

  function drop(option) {
    chosen = chosen.filter((other) => other !== option);
    draw();
    input.focus();
    context.chosen();
  }

  function draw() {
    chips.replaceChildren(...chosen.map((option) => element("li", {}, option.text.text,
      element("button", { type: "button", "aria-label": `Remove ${option.text.text}`, onclick: () => drop(option) }, "×"))));
  }

  function key(event) {
    const isOpen = !box.hidden;
    if (event.key === "Backspace" && !input.value && chosen.length) return drop(chosen.at(-1));
    if (event.key === "ArrowDown" && !isOpen && entry.options) search(0);
    if (!isOpen) {
      if (event.key === "Enter" && input.value) event.preventDefault();
      return;
    }
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) active = (active + steps[event.key] + shown.length) % Math.max(1, shown.length);
    else if (event.key === "Enter") take(active);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
    if (!box.hidden) mark();
  }

  draw();
  return {
    node: element("div", { class: "combobox" }, chips, input, box, status),
    value: () => (several ? chosen.map((option) => option.value) : (chosen[0]?.value ?? null)),
    state: () => chosen,
    restore: (kept) => { chosen = kept; draw(); },
  };
}
