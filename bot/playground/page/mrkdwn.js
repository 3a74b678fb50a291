// Slack's mrkdwn as DOM nodes. https://docs.slack.dev/messaging/formatting-message-text/

import { element } from "./dom.js";

// A mark beside a word joiner styles nothing, as the bot takes Slack to read it.
const STYLES = [
  [/^\*(?=[^\s\u2060])([^*\n]*?[^\s\u2060])\*(?![\w*\u2060])/, "strong"],
  [/^_(?=[^\s\u2060])([^_\n]*?[^\s\u2060])_(?![\w_\u2060])/, "em"],
  [/^~(?=[^\s\u2060])([^~\n]*?[^\s\u2060])~(?![\w~\u2060])/, "s"],
];

export function unescaped(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

export function mrkdwn(text, names) {
  const box = element("div", { class: "text" });
  for (const [index, part] of text.split("```").entries()) {
    if (index % 2) box.append(element("pre", {}, unescaped(part.replace(/^\n|\n$/g, ""))));
    else box.append(...quoted(part, names));
  }
  return box;
}

function quoted(text, names) {
  const nodes = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.startsWith("&gt; ") || line.startsWith("> ")) {
      nodes.push(element("blockquote", {}, ...inline(line.replace(/^(&gt;|>) /, ""), names)));
    } else {
      if (index) nodes.push(document.createTextNode("\n"));
      nodes.push(...inline(line, names));
    }
  }
  return nodes;
}

function inline(text, names) {
  const nodes = [];
  let plain = "";
  let at = 0;
  const flush = () => {
    if (plain) nodes.push(document.createTextNode(unescaped(plain)));
    plain = "";
  };
  while (at < text.length) {
    const rest = text.slice(at);
    const found = span(rest, names, at === 0 || !/\w/.test(text[at - 1]));
    if (found) {
      flush();
      nodes.push(found.node);
      at += found.length;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  flush();
  return nodes;
}

function span(rest, names, atWordStart) {
  const code = /^`([^`\n]+)`/.exec(rest);
  if (code) return { node: element("code", {}, unescaped(code[1])), length: code[0].length };
  const angled = /^<([^<>\n]+)>/.exec(rest);
  if (angled) return { node: reference(angled[1], names), length: angled[0].length };
  for (const [pattern, tag] of STYLES) {
    const styled = atWordStart && pattern.exec(rest);
    if (styled) return { node: element(tag, {}, ...inline(styled[1], names)), length: styled[0].length };
  }
  return null;
}

function reference(inside, names) {
  const [target, label] = inside.split("|", 2);
  if (target.startsWith("@")) return element("span", { class: "mention" }, `@${names(target.slice(1)) ?? label ?? target}`);
  if (target.startsWith("#")) return element("span", { class: "mention" }, `#${label ?? names(target.slice(1)) ?? target.slice(1)}`);
  if (target.startsWith("!date")) return element("span", {}, label ?? target);
  if (target.startsWith("!")) return element("span", { class: "mention" }, `@${target.slice(1)}`);
  const shown = unescaped(label ?? target);
  return /^(https?|mailto):/.test(target) ? element("a", { href: unescaped(target), rel: "noreferrer", target: "_blank" }, shown) : document.createTextNode(shown);
}
