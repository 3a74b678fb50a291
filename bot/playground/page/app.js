// The playground's page: shows the stand-in's state and sends what the visitor does.

import { blocks } from "./blocks.js";
import { element } from "./dom.js";
import { files } from "./files.js";
import { modal } from "./modal.js";
import { mrkdwn } from "./mrkdwn.js";
import { messageMenu, shortcutMenu } from "./shortcuts.js";

const EXAMPLES = [
  "conversion rep:anna", "sales by region", "leads per week last 8 weeks chart", "omzet per regio deze maand", "conversoin", "nps send customers", "help",
];
const NEAR_END = 60;
const FIRST_RETRY = 500;
const LONGEST_RETRY = 8000;

const $ = (id) => document.getElementById(id);
const view = { state: null, you: null, channel: null, read: new Map(), drawn: new Map(), calls: 0, typed: [], recalled: 0, awaiting: false, modal: null, form: null };

async function call(path, body) {
  try {
    const response = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    return await response.json();
  } catch {
    return { ok: false, error: "The playground can't be reached. Is kpi-bot demo still running?" };
  }
}

async function post(path, body) {
  const answer = await call(path, body);
  return answer.ok ? null : answer.error;
}

async function during(hint, work) {
  notice(hint);
  const wrong = await work;
  notice(wrong ?? "", Boolean(wrong));
}

function notice(text, wrong = false) {
  $("notice").textContent = text;
  $("notice").className = wrong ? "wrong" : "";
}

async function follow() {
  let wait = FIRST_RETRY;
  for (;;) {
    try {
      const after = view.state ? `?after=${view.state.version}` : "";
      const response = await fetch(`/playground/state${after}`);
      take(await response.json());
      wait = FIRST_RETRY;
    } catch {
      notice("Connection lost, trying again …", true);
      await new Promise((done) => setTimeout(done, wait));
      wait = Math.min(2 * wait, LONGEST_RETRY);
    }
  }
}

function take(state) {
  const first = view.state === null;
  view.state = state;
  if (first) begin();
  draw();
}

function begin() {
  const { state } = view;
  view.you = state.me;
  view.channel = state.channels[0].channel;
  shortcutMenu($("shortcuts"), state.shortcuts, (callback) => useShortcut(callback));
  $("you").append(...state.people.map((person) => element("option", { value: person.user }, `${person.name} (${language(person.locale)})`)));
  $("chips").append(...EXAMPLES.map((line) => element("button", { type: "button", onclick: () => send(`${state.command} ${line}`) }, `${state.command} ${line}`)));
}

// the language of somebody's Slack, in that language
const language = (locale) => new Intl.DisplayNames([locale], { type: "language" }).of(locale.split("-")[0]);

// a person's or a channel's name
function name(id) {
  const { people, bot, channels } = view.state;
  if (id === bot.user) return bot.name;
  return (people.find((person) => person.user === id) ?? channels.find((channel) => channel.channel === id))?.name;
}

function draw() {
  drawChannels();
  drawMessages();
  drawModal();
  drawCalls();
}

// the Home tab stands among the channels; Slack shows it beside the app's direct messages
const HOME = "home";
const homeTab = () => ({ channel: HOME, name: "Home", kind: "home" });
const mine = () => [...view.state.channels.filter((channel) => !channel.user || channel.user === view.you), homeTab()];

async function openHome() {
  await during("Opening …", post("/playground/home", { user: view.you }));
}

function drawHome() {
  const shown = view.state.homes[view.you];
  const json = JSON.stringify(shown ?? null);
  if (view.home === json) return;
  view.home = json;
  const press = async (block_id, action, control) => {
    control.disabled = true;
    await during("Running …", post("/playground/home", { user: view.you, block_id, action }));
    control.disabled = false;
    notice("Answered in your direct messages, or here.");
  };
  const body = shown ? blocks(shown.content.blocks, { names: name, press }) : [element("p", { class: "empty" }, "Opening …")];
  $("messages").replaceChildren(element("article", { class: "home" }, ...body));
}

function drawModal() {
  const shown = view.state.views[view.you];
  const key = shown ? `${shown.id} ${shown.hash}` : null;
  if (key === view.modal) return;
  const isUpdate = shown && view.modal?.startsWith(`${shown.id} `);
  const focused = isUpdate ? document.activeElement?.id : null;
  const kept = isUpdate ? view.form.state() : undefined;
  view.modal = key;
  const user = view.you;
  const box = $("modal");
  view.form = shown ? modal(shown.content, {
    channels: view.state.channels,
    people: view.state.people,
    answer: async (values) => {
      const answer = await call("/playground/modal", { user, values });
      notice(answer.ok ? "" : answer.error, !answer.ok);
      return answer.errors;
    },
    suggest: async (block_id, action_id, value) => {
      const answer = await call("/playground/suggestions", { user, block_id, action_id, value });
      if (!answer.ok) notice(answer.error, true);
      return answer.options ?? [];
    },
    choose: (block_id, values) => during("", post("/playground/choice", { user, block_id, values })),
  }, kept) : null;
  box.replaceChildren(...(shown ? [view.form.form] : []));
  if (!shown) return box.close();
  if (!box.open) box.showModal();
  const first = (focused && document.getElementById(focused)) || box.querySelector("textarea, input, select");
  first?.focus();
}

async function useShortcut(callback_id, message) {
  await during("Opening …", post("/playground/shortcut", { user: view.you, callback_id, channel: message?.channel, ts: message?.ts }));
}

function visible(channel) {
  return view.state.messages.filter((message) => message.channel === channel && (!message.private_to || message.private_to === view.you));
}

// a channel's button stays the same one while it is shown: a press during which a message comes is a click
const tabs = new Map();

function tab(channel) {
  const open = () => {
    view.channel = channel.channel;
    view.drawn.clear();
    view.home = undefined;
    $("messages").replaceChildren();
    toggle("sidebar", "show-sidebar", false);
    draw();
    if (channel.kind === HOME) openHome();
    else $("composer").focus();
  };
  return element("button", { type: "button", onclick: open }, (channel.kind === "channel" ? "# " : "") + channel.name);
}

function drawChannels() {
  const buttons = mine().map((channel) => {
    const newest = visible(channel.channel).at(-1)?.ts ?? "";
    const current = channel.channel === view.channel;
    if (current) view.read.set(channel.channel, newest);
    if (!tabs.has(channel.channel)) tabs.set(channel.channel, tab(channel));
    const button = tabs.get(channel.channel);
    button.setAttribute("aria-current", String(current));
    button.classList.toggle("unread", !current && newest > (view.read.get(channel.channel) ?? ""));
    return button;
  });
  const shown = [...$("channels").querySelectorAll("button")];
  if (shown.length !== buttons.length || buttons.some((button, place) => button !== shown[place]))
    $("channels").replaceChildren(...buttons.map((button) => element("li", {}, button)));
  $("show-sidebar").classList.toggle("unread", buttons.some((button) => button.classList.contains("unread")));
  const here = mine().find((channel) => channel.channel === view.channel);
  const title = (here.kind === "channel" ? "#" : "") + here.name;
  $("title").textContent = title;
  $("composer").placeholder = `Message ${title} or type ${view.state.command} help`;
}

function drawMessages() {
  if (view.channel === HOME) return drawHome();
  const box = $("messages");
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END;
  const shown = inThreads(visible(view.channel));
  const wanted = new Map(shown.map((message) => [message.ts, message]));
  for (const [ts, entry] of view.drawn) {
    if (wanted.has(ts)) continue;
    entry.node.remove();
    view.drawn.delete(ts);
  }
  let added = false;
  shown.forEach((message, place) => {
    const json = JSON.stringify(message);
    let entry = view.drawn.get(message.ts);
    if (!entry || entry.json !== json) {
      const node = messageNode(message);
      entry?.node.replaceWith(node);
      entry = { json, node };
      view.drawn.set(message.ts, entry);
      added = true;
    }
    if (box.children[place] !== entry.node) box.insertBefore(entry.node, box.children[place] ?? null);
  });
  if (!shown.length) box.replaceChildren(element("p", { class: "empty" }, "Nothing here yet. Press an example below, or type a question."));
  else box.querySelector(":scope > .empty")?.remove();
  if (added && (atEnd || view.awaiting)) {
    box.scrollTop = box.scrollHeight;
    view.awaiting = false;
  }
}

function inThreads(messages) {
  const parents = messages.filter((message) => !message.thread || !messages.some((other) => other.ts === message.thread));
  return parents.flatMap((parent) => [parent, ...messages.filter((message) => message.thread === parent.ts && message !== parent)]);
}

function messageNode(message) {
  const isBot = message.user === view.state.bot.user;
  const time = new Date(Number(message.ts) * 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const head = element("header", {}, element("span", { class: "who" }, name(message.user) ?? message.user),
    isBot ? element("span", { class: "app" }, "APP") : null, element("time", {}, time + (message.edited ? " (edited)" : "")),
    message.private_to ? null : messageMenu(view.state.shortcuts, (callback) => useShortcut(callback, message)));
  const press = async (block_id, action, control) => {
    control.disabled = true;
    view.awaiting = true;
    await during("Running …", post("/playground/click", { channel: message.channel, user: view.you, ts: message.ts, block_id, action }));
    control.disabled = false;
  };
  const body = message.blocks.length ? blocks(message.blocks, { names: name, press }) : [mrkdwn(message.text, name)];
  const kinds = ["message", message.private_to ? "private" : "", message.thread ? "reply" : ""].join(" ").trim();
  return element("article", { class: kinds, "data-ts": message.ts, "data-channel": message.channel },
    message.private_to ? element("p", { class: "only" }, "Only visible to you") : null, head, ...body, ...files(message.files));
}

function drawCalls() {
  const newer = view.state.calls.filter((call) => call.number > view.calls);
  for (const call of newer) {
    const arrow = call.direction === "to_app" ? "→ app" : "← app";
    const outcome = call.error ? element("span", { class: "wrong" }, call.error) : element("span", {}, "ok");
    const json = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));
    $("call-list").prepend(element("li", {}, element("details", {},
      element("summary", {}, `${call.at} ${arrow} ${call.method} `, outcome),
      element("pre", {}, json(call.request)), element("pre", {}, json(call.response)))));
    view.calls = call.number;
  }
}

async function send(line) {
  const text = line.trim();
  if (!text) return;
  if (view.channel === HOME) showDirect();  // nobody writes on the Home tab
  view.typed.push(text);
  view.recalled = view.typed.length;
  $("composer").value = "";
  view.awaiting = true;
  await during(text.startsWith("/") ? "Running …" : "", post("/playground/send", { channel: view.channel, user: view.you, text, thread: null }));
  $("composer").focus();
}

async function drop(input) {
  const [file] = input.files;
  input.value = "";
  if (!file) return;
  if (view.channel === HOME) showDirect();
  const query = new URLSearchParams({ channel: view.channel, user: view.you, name: file.name, text: $("composer").value.trim() });
  $("composer").value = "";
  view.awaiting = true;
  const sent = fetch(`/playground/drop?${query}`, { method: "POST", body: file }).then((answer) => answer.json());
  await during("Reading the file …", sent.then((answer) => (answer.ok ? null : answer.error)));
  $("composer").focus();
}

function showDirect() {
  view.channel = mine().find((channel) => channel.kind === "direct").channel;
  view.drawn.clear();
  $("messages").replaceChildren();
  draw();
}

function toggle(panel, button, open) {
  $(panel).classList.toggle("open", open);
  $(button).setAttribute("aria-expanded", String($(panel).classList.contains("open")));
}

async function postSummary(summary, button) {
  button.disabled = true;
  view.awaiting = true;
  view.channel = view.state.channels[0].channel;
  view.drawn.clear();
  $("messages").replaceChildren();
  draw();
  await during("Preparing the summary …", post("/playground/summary", { name: summary, user: view.you }));
  button.disabled = false;
}

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  send($("composer").value);
});
$("file").addEventListener("change", (event) => drop(event.currentTarget));
$("composer").addEventListener("keydown", (event) => {
  if (event.key !== "ArrowUp" || !view.recalled) return;
  event.preventDefault();
  view.recalled -= 1;
  $("composer").value = view.typed[view.recalled];
});
$("you").addEventListener("change", (event) => {
  view.you = event.currentTarget.value;
  view.home = undefined;
  if (view.channel === HOME) openHome();
  if (!mine().some((channel) => channel.channel === view.channel)) {
    view.channel = mine().find((channel) => channel.kind === "direct").channel;
    view.drawn.clear();
    $("messages").replaceChildren();
  }
  draw();
});
$("modal").addEventListener("cancel", () => post("/playground/modal", { user: view.you, values: null }));
$("show-sidebar").addEventListener("click", () => toggle("sidebar", "show-sidebar"));
$("show-calls").addEventListener("click", () => toggle("calls", "show-calls"));
for (const summary of ["weekly", "monthly"]) {
  $(`post-${summary}`).addEventListener("click", (event) => postSummary(summary, event.currentTarget));
}
follow();
