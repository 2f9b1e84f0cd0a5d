"use strict";
const run = JSON.parse(document.getElementById("run").textContent);
const panel = document.getElementById("panel");
const veil = document.getElementById("veil");
const links = [...document.querySelectorAll("a[data-cell]")];
const titles = new Map(run.cases.map((line) => [line.name, line.title]));
const cells = new Map(run.cells.map((cell) => [`${cell.case}/${cell.start}`, cell]));

/** An element with a class and children; texts are texts, whatever is in them. */
function make(name, className, ...children) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

function diff(line) {
  const pre = make("pre", "diff");
  for (const text of line.diff.replace(/\n$/, "").split("\n")) {
    const isHead = /^(diff --git|---|\+\+\+|@@|new file|deleted file|old mode|new mode|\\|Binary|Files)/.test(text);
    const kind = isHead ? "place" : text.startsWith("+") ? "comes" : text.startsWith("-") ? "goes" : "";
    pre.append(make("span", kind, text));
  }
  return pre;
}

function difference(line, open) {
  const note = make("span", "quiet", ` ${line.kind}${line.note ? `, ${line.note}` : ""}`);
  const details = make("details", "", make("summary", "", line.path, note));
  if (line.diff.trim()) details.append(diff(line));
  details.open = open;
  return details;
}

function section(title, aside, ...children) {
  const heading = make("h3", "", title, " ", make("small", "", aside));
  return children.length ? [heading, ...children] : [];
}

function actions(cell) {
  const groups = new Map();
  for (const line of cell.actions) {
    if (!groups.has(line.action)) groups.set(line.action, []);
    groups.get(line.action).push(line);
  }
  return [...groups].map(([action, lines]) => {
    const items = lines.map((line) => make("li", "", make("code", "", line.path), make("span", "quiet", `  ${line.reason ?? ""}`)));
    return make("details", "", make("summary", "", action, make("span", "quiet", ` ${lines.length}`)), make("ul", "lines", ...items));
  });
}

function migrations(cell) {
  if (!cell.migrations.length) return [];
  const items = cell.migrations.map((line) =>
    make("li", "", make("span", `chip ${line.outcome}`, line.outcome), " ", make("code", "", line.id), make("span", "quiet", `  ${line.edits.join(", ")}`)));
  return [make("ul", "lines", ...items)];
}

function finding(line) {
  const open = line.differences.length <= 8;
  return make("div", "finding", make("span", "check", line.check), make("p", "", line.problem), ...line.differences.map((one) => difference(one, open)));
}

function fact(name, value) {
  return make("div", "", make("dt", "", name), make("dd", "", value));
}

function fill(name, cell) {
  const at = links.findIndex((link) => link.dataset.cell === name);
  const step = (label, sign, to) => {
    const button = make("button", "", sign);
    button.setAttribute("aria-label", label);
    button.disabled = !links[to];
    button.onclick = () => show(links[to].dataset.cell);
    return button;
  };
  const close = make("button", "close", "✕");
  close.setAttribute("aria-label", "close");
  close.onclick = hide;
  const heading = make("h2", "", name);
  heading.id = "panel-title";
  const verdict = make("span", `chip ${cell.green ? "green" : "red"}`, cell.green ? "✓ green" : "✗ red");
  const plan = [...migrations(cell), ...actions(cell)];
  const operators = cell.operators.map((line) => difference(line, cell.operators.length <= 12));
  panel.replaceChildren(
    make("div", "bar", heading, verdict, step("previous cell", "←", at - 1), step("next cell", "→", at + 1), close),
    make("div", "body",
      make("p", "", titles.get(cell.case) ?? ""),
      make("dl", "facts", fact("exit", String(cell.exit ?? "signal")), fact("kills", String(cell.kill_points)), fact("time", `${cell.milliseconds} ms`)),
      ...section("What is wrong", "− as it must be, + as it was found", ...cell.findings.map(finding)),
      ...section("The plan", `${cell.actions.length} actions`, ...plan),
      ...section("The operator's files", `${cell.operators.length} changed`, ...(operators.length ? operators : [make("p", "quiet", "All stay as they are.")])),
      ...section("What people read", "", make("pre", "said", cell.messages.trim())),
    ),
  );
}

let opener = null;

function show(name) {
  if (decodeURIComponent(location.hash.slice(1)) !== name) location.hash = name;
  else follow();
}

function follow() {
  const name = decodeURIComponent(location.hash.slice(1));
  const cell = cells.get(name);
  for (const link of links) {
    if (link.dataset.cell === name) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  panel.hidden = veil.hidden = !cell;
  document.querySelector("main").inert = document.querySelector("header").inert = Boolean(cell);
  if (!cell) return;
  opener = links.find((link) => link.dataset.cell === name) ?? opener;
  fill(name, cell);
  panel.scrollTop = 0;
  panel.focus();
}

function hide() {
  history.pushState(null, "", location.pathname + location.search);
  follow();
  opener?.focus();
}

/** The cell beside, above or below one, past those that are none. */
function beside(link, key) {
  const [across, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  const rows = [...document.querySelectorAll("tbody tr")].filter((row) => row.offsetParent);
  const cell = link.closest("td");
  let [x, y] = [cell.cellIndex, rows.indexOf(cell.parentElement)];
  for (;;) {
    [x, y] = [x + across, y + down];
    if (!rows[y]?.cells[x]) return null;
    const found = rows[y].cells[x].querySelector("a");
    if (found) return found;
  }
}

document.addEventListener("keydown", (event) => {
  if (!panel.hidden) {
    const buttons = panel.querySelectorAll(".bar button");
    if (event.key === "Escape") hide();
    else if (event.key === "ArrowLeft") buttons[0].click();
    else if (event.key === "ArrowRight") buttons[1].click();
    else return;
    event.preventDefault();
  } else if (event.key.startsWith("Arrow") && document.activeElement?.dataset.cell) {
    const next = beside(document.activeElement, event.key);
    if (next) { next.focus(); event.preventDefault(); }
  }
});
document.getElementById("only-red").addEventListener("change", (event) => {
  document.body.classList.toggle("only-red", event.target.checked);
  document.getElementById("none-red").hidden = !(event.target.checked && run.red === 0);
});
veil.addEventListener("click", hide);
addEventListener("hashchange", follow);
addEventListener("popstate", follow);
follow();
