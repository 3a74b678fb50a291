// Lists to choose from in a modal. https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element

import { element } from "./dom.js";

const SELECTS = {
  conversations_select: (_, { channels }) => channels.filter((entry) => entry.kind === "channel").map((entry) => [entry.channel, `#${entry.name}`]),
};

// The list for an input's element, null where it isn't one; `context` holds the workspace's `channels`.
export function modalSelect(input, context) {
  const options = SELECTS[input.type]?.(input, context);
  if (!options) return null;
  const first = element("option", { value: "", selected: true, disabled: true }, input.placeholder?.text ?? "…");
  return element("select", { class: "slack-select", required: true }, first, ...options.map(([value, shown]) => element("option", { value }, shown)));
}
