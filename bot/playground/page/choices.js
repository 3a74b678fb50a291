// What is chosen in a modal: from a list, a time of day, a channel.
// https://docs.slack.dev/reference/block-kit/block-elements

import { element } from "./dom.js";

const CHOICES = {
  static_select: (entry) => list(entry.options.map((option) => [option.value, option.text.text]), entry.initial_option?.value),
  timepicker: (entry) => {
    const field = element("input", { type: "time" });
    field.value = entry.initial_time ?? "";
    return field;
  },
  conversations_select: (entry, context) =>
    list([["", "–"], ...context.channels.filter((channel) => channel.kind === "channel").map((channel) => [channel.channel, `#${channel.name}`])], entry.initial_conversation ?? ""),
};

// the field of an element, null where something is typed into it
export function choice(entry, context) {
  const made = CHOICES[entry.type];
  return made ? made(entry, context) : null;
}

function list(options, chosen) {
  const field = element("select", {}, ...options.map(([value, label]) => element("option", { value }, label)));
  if (chosen !== undefined) field.value = chosen;
  return field;
}
