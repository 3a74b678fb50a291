// Files of a message: name, title, size, and a link that downloads them.

import { element } from "./dom.js";

const size = new Intl.NumberFormat("en-GB", { style: "unit", unit: "kilobyte", maximumFractionDigits: 1 });

export function files(list) {
  return list.map((file) => element("div", { class: "file" },
    element("div", { class: "file-title" }, file.title),
    element("a", { href: file.path, download: file.name, "aria-label": `Download ${file.name}` }, file.name),
    element("span", {}, ` ${size.format(file.size / 1000)}`)));
}
