// The replay page: step t of a run in one of three phases. Every number comes from the page's data, as text.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const PHASES = ["forward", "backward", "update"];
const TEXT = {
  en: {
    title: "Back-propagation, step by step", net: "The net", curve: "Mean error over the samples", all: "All equations",
    other: "中文", phases: "Phase of the step", forward: "Forward", backward: "Backward", update: "Update",
    positive: "weight > 0", negative: "weight < 0", thickness: "size of the weight", fill: "output of the neuron",
    rewind: "Rewind to the first step", back: "Back one phase", "forward one": "Forward one phase", play: "Play",
    pause: "Pause", speed: "Speed", scrubber: "Step",
    speeds: ["a phase in 3 s", "a phase a second", "5 steps a second", "50 steps a second", "all in 10 seconds"],
    layer: (n, last) => n === 0 ? "Inputs" : n === last ? "Output layer" : last > 2 ? `Hidden layer ${n}` : "Hidden layer",
    step: (t, count) => `step ${t} of ${count}`, sample: (k) => `sample ${k}`, more: (count) => `${count} more`,
    target: "target", before: "before the update", after: "after the update", mean: "Mean E", steps: "steps done",
    equations: (phase) => `${phase}: the equations`, neuron: "Neuron", line: "Weight", input: "Input", threshold: "threshold",
    hint: "Choose a neuron or a line for its equations. Point at a number to see where it comes from.", of: (symbol) => ["The equations with ", symbol],
    precision: "Digits", shown: ["4 digits", "10 digits", "all digits"],
    digits: "The net computes with all digits. To follow it with a calculator to the last one, choose “all digits”: from rounded numbers, the last place may differ.",
    keys: ["phase", "step", "first, last", "play, pause", "neurons and weights", "all equations"],
  },
  zh: {
    title: "误差逆传播，一步一步", net: "网络", curve: "各样本的平均误差", all: "全部公式",
    other: "English", phases: "这一步的阶段", forward: "前向计算", backward: "逆传播", update: "更新参数",
    positive: "连接权 > 0", negative: "连接权 < 0", thickness: "连接权的大小", fill: "神经元的输出",
    rewind: "回到第一步", back: "后退一个阶段", "forward one": "前进一个阶段", play: "播放",
    pause: "暂停", speed: "速度", scrubber: "步",
    speeds: ["每阶段 3 秒", "每阶段 1 秒", "每秒 5 步", "每秒 50 步", "10 秒放完"],
    layer: (n, last) => n === 0 ? "输入层" : n === last ? "输出层" : last > 2 ? `第 ${n} 隐层` : "隐层",
    step: (t, count) => `第 ${t} 步，共 ${count} 步`, sample: (k) => `样本 ${k}`, more: (count) => `另有 ${count} 个`,
    target: "真实值", before: "更新之前", after: "更新之后", mean: "平均 E", steps: "已完成的步数",
    equations: (phase) => `${phase}的公式`, neuron: "神经元", line: "连接权", input: "输入", threshold: "阈值",
    hint: "选一个神经元或一条连线，看它的公式。指向一个数字，看它从哪里来。", of: (symbol) => ["含 ", symbol, " 的公式"],
    precision: "位数", shown: ["4 位", "10 位", "全部"],
    digits: "网络用数字的全部位数计算。想用计算器核对到最后一位，请选“全部”：用舍入过的数去算，末位可能不同。",
    keys: ["阶段", "步", "首步、末步", "播放、暂停", "神经元与连接权", "全部公式"],
  },
};
const KEY_NAMES = [["←", "→"], ["PgUp", "PgDn"], ["Home", "End"], ["Space"], ["Tab", "Enter"], ["Esc"]];
const DIGITS = [4, 10, 0]; // significant digits that are shown, 0: all
const last = data.drawn.length - 1;
const count = data.steps.length, lastFrame = 3 * count - 1; // a frame is a phase of a step
const SPEEDS = [[3000, 0], [1000, 0], [200, 5], [20, 50], [20, count / 10]]; // milliseconds to wait, steps a second (0: a phase)

const at = { t: data.start, phase: 0, chosen: "", lang: data.lang, timer: 0, digits: 10 };
const $ = (id) => document.getElementById(id);
const words = () => TEXT[at.lang];
const frame = () => 3 * at.t + at.phase;
const element = (name, textContent, more = {}) => Object.assign(document.createElement(name), { textContent, ...more });

// The numbers of a step -------------------------------------------------------------------------------------------

const columns = new Map(); // from a reference to its table and its place in a row of it
for (const [table, refs] of Object.entries(data.refs)) refs.forEach((ref, i) => columns.set(ref, [table, i]));
let rows = {};

function read(t) {
  const [k, before, after, form, step] = data.steps[t], split = (text) => text.split(" ");
  rows = { k, form, step: split(step), sample: split(data.samples[k]) };
  [rows.before, rows.after] = [before, after].map((state) => split(data.states[state]));
}

function held(ref) { // a quantity as text, with every digit
  const isNew = ref.startsWith("new_");
  const [table, i] = columns.get(isNew ? ref.slice(4) : ref);
  return rows[table === "state" ? (isNew ? "after" : "before") : table][i];
}

function rounded(text, digits) { // to so many significant digits, as Python writes them: "g"
  const value = Number(text);
  let [figures, power] = value.toExponential(digits - 1).split("e");
  const isTie = new RegExp(`^-?\\d\\.\\d{${digits - 1}}50*e`).test(value.toExponential(60));
  if (isTie && Number(figures.at(-1)) % 2) figures = figures.slice(0, -1) + (Number(figures.at(-1)) - 1); // to the even one
  if (power < -4 || power >= digits) {
    return `${figures.replace(/\.?0*$/, "")}e${power[0]}${power.slice(1).padStart(2, "0")}`;
  }
  return String(Number(`${figures}e${power}`)); // never with an exponent from 1e-4 to 1e17
}

const shownAs = (text) => at.digits ? rounded(text, at.digits) : text;
const number = (ref) => shownAs(held(ref));
const typeset = (text) => text.replaceAll("-", "−");

function short(text, size = 9, digits = 3) { // for the drawing: three digits, fewer where that is too long
  const value = Number(text), made = Number(value.toPrecision(digits));
  const plain = value !== 0 && Math.abs(value) < 1e-4 ? made.toExponential() : String(made);
  return plain.length > size && digits > 1 ? short(text, size, digits - 1) : typeset(plain);
}

function owner(ref) { // the part of the drawing to which a quantity belongs
  const [name, n, i, j] = ref.split(".");
  if (name.endsWith("weights")) return `line.${n}.${i}.${j}`;
  if (name === "outputs") return `neuron.${n}.${i}`;
  if (name === "y") return `target.${n}`;
  return n === undefined ? name : `neuron.${Number(n) + 1}.${i}`;
}

// The drawing -----------------------------------------------------------------------------------------------------

const svg = $("net");

function make(name, attributes, parent) {
  const node = document.createElementNS(svg.namespaceURI, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (parent) parent.append(node);
  return node;
}

function label(parent, x, y, parts, attributes = {}) { // parts: texts, or symbols [base, sub, sup]
  const node = make("text", { x, y, ...attributes }, parent);
  write(node, parts);
  return node;
}

function write(node, parts) {
  node.replaceChildren();
  for (const part of parts) {
    if (typeof part === "string") {
      node.append(part);
      continue;
    }
    const [base, sub, sup] = part;
    node.append(base);
    if (sub) make("tspan", { dy: "0.3em", class: "small" }, node).textContent = sub;
    if (sup) make("tspan", { dy: sub ? "-0.95em" : "-0.4em", class: "small" }, node).textContent = `(${sup})`;
    if (sub || sup) make("tspan", { dy: sup ? "0.55em" : "-0.21em" }, node).textContent = "\u200b";
  }
}

const plain = ([base, sub, sup]) => base + (sup ? `(${sup})` : "") + (sub ? `_${sub}` : "");
const drawnOf = (n) => data.drawn[n].filter((j) => j !== null);
const most = Math.max(...data.drawn.map((layer) => layer.length));
const RADIUS = 33, TOP = 88, GAP_Y = most > 3 ? 116 : 132, isNarrow = innerWidth < 600;
const GAP_X = isNarrow ? 190 : Math.max(290, most * 100 / last);
const hasNames = data.names[0].length > 0;
const LEFT = hasNames ? 150 : 60, RIGHT = hasNames ? 145 : 120;
const place = new Map();
const parts = new Map(); // from a key, as "neuron.1.0", to its node
const painters = []; // what puts the numbers of a step, and the phase, into the drawing
let strongest = 1e-12;

function measure() {
  const weights = data.refs.state.map((ref, i) => [ref, i]).filter(([ref]) => ref.startsWith("weights."));
  for (const state of data.states) {
    const numbers = state.split(" ");
    for (const [, i] of weights) strongest = Math.max(strongest, Math.abs(numbers[i]));
  }
}

function position(n, row) {
  const rowsHere = data.drawn[n].length;
  return [LEFT + n * GAP_X, TOP + ((most - rowsHere) / 2 + row) * GAP_Y];
}

function draw() {
  svg.setAttribute("viewBox", `0 0 ${LEFT + last * GAP_X + RIGHT} ${TOP + (most - 1) * GAP_Y + 64}`);
  data.drawn.forEach((layer, n) => layer.forEach((j, row) => place.set(`${n}.${j}`, position(n, row))));
  if (most > 3) svg.style.maxHeight = "none";
  const lines = make("g", {}, svg), texts = make("g", {}, svg), neurons = make("g", {}, svg);
  for (let n = 0; n < last; n++) drawLines(n, lines, texts);
  data.drawn.forEach((layer, n) => {
    const heading = label(neurons, position(n, 0)[0], 16, [""], { class: "muted" });
    painters.push(() => { heading.textContent = words().layer(n, last); });
    layer.forEach((j, row) => j === null ? drawDots(n, row, neurons) : drawNeuron(n, j, neurons));
  });
}

function drawLines(n, lines, texts) {
  const from = drawnOf(n), to = drawnOf(n + 1);
  const labelled = from.length * to.length <= 6 && !isNarrow;
  for (const j of to) for (const i of from) {
    const [x1, y1] = place.get(`${n}.${i}`), [x2, y2] = place.get(`${n + 1}.${j}`);
    const d = { x1, y1, x2, y2 }, key = `line.${n}.${i}.${j}`;
    const node = make("g", { class: "line", "data-key": key, tabindex: 0, role: "button" }, lines);
    const ring = make("line", { ...d, class: "ring" }, node);
    const weight = make("line", { ...d, class: "weight" }, node);
    make("line", { ...d, class: "flow" }, node);
    make("line", { ...d, class: "reach" }, node);
    const x = x1 + (x2 - x1) * 0.28, y = y1 + (y2 - y1) * 0.28;
    const transform = `rotate(${Math.atan2(y2 - y1, x2 - x1) * 180 / Math.PI} ${x} ${y})`;
    const text = label(texts, x, y - 8, [""], { class: "halo", transform, "data-key": key });
    parts.set(key, node);
    const symbol = data.symbols[`weights.${n}.${i}.${j}`];
    painters.push((now) => {
      const ref = `${now}weights.${n}.${i}.${j}`, value = Number(held(ref)), size = Math.abs(value) / strongest;
      const stroke = value < 0 ? "var(--negative)" : "var(--positive)";
      Object.assign(weight.style, { stroke, strokeWidth: (0.6 + 6.4 * size).toFixed(2), opacity: (0.35 + 0.65 * size).toFixed(2) });
      ring.style.strokeWidth = (9 + 6.4 * size).toFixed(2);
      writeNumber(text, ref, labelled || key === at.chosen ? symbol : null);
      text.style.fill = stroke;
      name(node, `${words().line} ${plain(symbol)} = ${number(ref)}`);
    });
  }
}

function writeNumber(node, ref, symbol) { // "symbol = number", or nothing
  write(node, symbol ? [symbol, ` = ${short(held(ref))}`] : []);
  node.dataset.ref = ref;
}

function drawNeuron(n, j, parent) {
  const [x, y] = place.get(`${n}.${j}`), key = `neuron.${n}.${j}`;
  const node = make("g", { class: "neuron", "data-key": key, tabindex: 0, role: "button" }, parent);
  make("circle", { cx: x, cy: y, r: RADIUS + 5, class: "ring" }, node);
  make("circle", { cx: x, cy: y, r: RADIUS, class: "body" }, node);
  const level = make("circle", { cx: x, cy: y, r: RADIUS - 1, class: "level" }, node);
  const output = `outputs.${n}.${j}`;
  label(node, x, y - 6, [data.symbols[output]], { class: "symbol" });
  const value = label(node, x, y + 14, [""], { class: "value", "data-ref": output });
  parts.set(key, node);
  painters.push(() => {
    const text = held(output), filled = Math.min(1, Math.abs(Number(text)) / data.limits[n]);
    value.textContent = short(text, 6);
    Object.assign(level.style, { fill: Number(text) < 0 ? "var(--below)" : "var(--fill)", opacity: filled.toFixed(3) });
    node.classList.toggle("on", filled > 0.62);
  });
  const told = () => `${words()[n ? "neuron" : "input"]} ${plain(data.symbols[output])} = ${number(output)}`;
  if (n > 0) {
    const threshold = label(node, x, y + RADIUS + 20, [""], { class: "halo" });
    const above = label(node, x, y - RADIUS - 12, [""], { class: "halo" });
    painters.push((now) => {
      const [upper, lower] = [["signals", "gradients", "dthresholds"][at.phase], "thresholds"].map((table) => `${table}.${n - 1}.${j}`);
      writeNumber(above, upper, data.symbols[upper]);
      writeNumber(threshold, now + lower, data.symbols[lower]);
      const numbers = `${plain(data.symbols[lower])} = ${number(now + lower)}, ${plain(data.symbols[upper])} = ${number(upper)}`;
      name(node, `${told()}, ${words().threshold} ${numbers}`);
    });
  } else {
    if (hasNames) label(node, x - RADIUS - 10, y + 5, [cut(data.names[0][j], 15)], { class: "name muted" });
    painters.push(() => name(node, told() + (hasNames ? `, ${data.names[0][j]}` : "")));
  }
  if (n === last) drawTarget(j, x + RADIUS + 45, y, parent);
}

function drawTarget(j, x, y, parent) {
  const key = `target.${j}`, ref = `y.${j}`;
  const node = make("g", { "data-key": key, class: "target", tabindex: 0, role: "button" }, parent);
  make("rect", { x: x - 33, y: y - 22, width: 66, height: 44, rx: 8, class: "ring" }, node);
  make("rect", { x: x - 31, y: y - 20, width: 62, height: 40, rx: 6, class: "square" }, node);
  label(node, x, y - 4, [data.symbols[ref]], { class: "symbol muted" });
  const value = label(node, x, y + 14, [""], { "data-ref": ref });
  if (hasNames) label(node, x, y + 38, [cut(data.names[1][j], 18)], { class: "name middle muted" });
  parts.set(key, node);
  painters.push(() => {
    value.textContent = short(held(ref));
    name(node, `${words().target} ${plain(data.symbols[ref])} = ${number(ref)}`);
  });
}

function drawDots(n, row, parent) {
  const [x, y] = position(n, row);
  for (const dy of [-12, 0, 12]) make("circle", { cx: x, cy: y - 8 + dy, r: 2.5, fill: "currentColor" }, parent);
  const dots = label(parent, x, y + 26, [""], { class: "muted" });
  painters.push(() => { dots.textContent = words().more(data.widths[n] - data.drawn[n].length + 1); });
}

const cut = (text, size) => [...text].length > size ? [...text].slice(0, size - 1).join("") + "…" : text;

function paint() {
  svg.setAttribute("class", `${PHASES[at.phase]}${at.timer ? " playing" : ""}`);
  for (const painter of painters) painter(at.phase === 2 ? "new_" : "");
}

function name(node, text) {
  const isChosen = node.dataset.key === at.chosen;
  node.setAttribute("aria-label", typeset(text));
  node.setAttribute("aria-pressed", String(isChosen));
  node.classList.toggle("selected", isChosen);
}

// The equations ---------------------------------------------------------------------------------------------------

function equationsOf(key) { // the equations of each phase in which a part of the drawing plays a role
  const [kind, a, b, c] = key.split("."), n = Number(a);
  if (kind === "line") return [[`signals.${n}.${c}`], n ? [`gradients.${n - 1}.${b}`] : [], [`dweights.${n}.${b}.${c}`]];
  if (kind === "target") return [["E"], [`gradients.${last - 1}.${a}`], []];
  if (n === 0) return [drawnOf(1).map((j) => `signals.0.${j}`), [], drawnOf(1).map((j) => `dweights.0.${b}.${j}`)];
  const m = n - 1, forward = [`signals.${m}.${b}`, ...(data.where[`outputs.${n}.${b}`] || []), `outputs.${n}.${b}`];
  return [n === last ? [...forward, ...(data.where.E || []), "E"] : forward, [`gradients.${m}.${b}`], [`dthresholds.${m}.${b}`]];
}

let shown = ""; // what the panel holds: a new step only changes its numbers

function list() {
  const box = $("equations"), groups = at.chosen ? equationsOf(at.chosen) : data.phases;
  const wanted = `${at.chosen} ${at.chosen ? "" : at.phase} ${rows.form} ${at.lang}`;
  if (wanted !== shown) {
    shown = wanted;
    box.replaceChildren();
    PHASES.forEach((phase, p) => {
      if (!groups[p].length || (!at.chosen && p !== at.phase)) return;
      if (at.chosen) box.append(element("h3", words()[phase], { phase: p }));
      box.append(...groups[p].map(equation));
    });
  }
  for (const heading of box.querySelectorAll("h3")) heading.classList.toggle("now", heading.phase === at.phase);
  for (const node of box.querySelectorAll("mn[data-ref]")) fill(node);
  for (const node of box.querySelectorAll("[data-ref]")) node.classList.toggle("held", owner(node.dataset.ref) === at.chosen);
  const title = $("panel-title");
  if (at.chosen) title.replaceChildren(...words().of(html(data.symbols[refOf(at.chosen)])));
  else title.textContent = words().equations(words()[PHASES[at.phase]]);
  $("all").hidden = !at.chosen;
}

function html([base, sub, sup]) { // a symbol outside a drawing and a formula
  const node = element("i", base);
  if (sup) node.append(element("sup", `(${sup})`));
  if (sub) node.append(element("sub", sub));
  return node;
}

function equation(id) {
  if (id === null) return element("div", "⋮", { className: "dots" });
  const texts = data.formulas[rows.form][id], around = element("div", "");
  around.innerHTML = texts[at.lang === "zh" ? texts.length - 1 : 0]; // of numbers and symbols, nothing of the data
  for (const formula of around.querySelectorAll("math > mrow")) breakUp(formula);
  const line = around.firstElementChild;
  line.dataset.equation = id;
  return line;
}

function breakUp(formula) { // into a <math> for each term or factor, between which a line can end
  const signsOf = (row, text) => [...row.children].filter((node, i) => i > 0 && node.localName === "mo" && node.textContent === text);
  const factors = signsOf(formula, "+").length ? [] : signsOf(formula, "⋅");
  for (const group of [...formula.children].filter((node) => node.localName === "mrow" && !node.className)) {
    if (signsOf(group, "+").length && !group.querySelector("mfrac, mtable, msup")) group.replaceWith(...group.childNodes);
  }
  const signs = [...factors, ...signsOf(formula, "+")];
  for (const sign of [...formula.children].filter((node) => signs.includes(node)).reverse()) {
    const rest = [sign];
    while (rest.at(-1).nextSibling) rest.push(rest.at(-1).nextSibling);
    sign.setAttribute("form", "infix");
    const math = formula.parentElement.cloneNode(false), row = formula.cloneNode(false);
    row.append(...rest);
    math.append(row);
    formula.parentElement.after("\u200b", math);
  }
}

function fill(node) {
  const text = number(node.dataset.ref);
  node.textContent = typeset(text);
  const around = node.parentElement;
  if (!around.classList.contains("factor")) return;
  const bracket = (text) => Object.assign(document.createElementNS(node.namespaceURI, "mo"), { textContent: text });
  around.replaceChildren(...(text.startsWith("-") ? [bracket("("), node, bracket(")")] : [node]));
}

const refOf = (key) => key.replace("line.", "weights.").replace("neuron.", "outputs.").replace("target.", "y.");

// The error curve -------------------------------------------------------------------------------------------------

const curve = $("curve");
const means = data.error.split(" ");
const heights = means.map(Number);
const highest = heights.reduce((a, b) => Math.max(a, b), 1e-12);
const BOX = { left: 52, right: 12, top: 10, bottom: 24 };
let mark, dot, size = [0, 0];

const curveX = (t) => BOX.left + t / count * (size[0] - BOX.left - BOX.right);
const curveY = (E) => BOX.top + (1 - E / highest) * (size[1] - BOX.top - BOX.bottom);

function drawCurve() {
  size = [curve.clientWidth, curve.clientHeight];
  curve.replaceChildren();
  const [width, height] = size, floor = height - BOX.bottom;
  for (const part of [0, 0.5, 1]) {
    const y = curveY(part * highest);
    make("line", { x1: BOX.left, x2: width - BOX.right, y1: y, y2: y, class: "axis" }, curve);
    label(curve, BOX.left - 6, y + 4, [String(Number((part * highest).toPrecision(3)))], { class: "end" });
  }
  label(curve, BOX.left, floor + 17, ["0"], { class: "start" });
  label(curve, width - BOX.right, floor + 17, [String(count)], { class: "end" });
  label(curve, (BOX.left + width - BOX.right) / 2, floor + 17, [words().steps]);
  const stride = Math.max(1, Math.floor(count / (2 * width)));
  let d = "";
  for (let t = 0; t <= count; t += stride) d += `${d ? "L" : "M"}${curveX(t).toFixed(1)} ${curveY(heights[t]).toFixed(1)}`;
  make("path", { d: `${d}L${curveX(count).toFixed(1)} ${curveY(heights[count]).toFixed(1)}` }, curve);
  mark = make("line", { y1: BOX.top, y2: floor, class: "mark" }, curve);
  dot = make("circle", { r: 5.5, class: "dot" }, curve);
  paintCurve();
}

function paintCurve() {
  const t = at.t + (at.phase === 2), x = curveX(t);
  mark.setAttribute("x1", x);
  mark.setAttribute("x2", x);
  dot.setAttribute("cx", x);
  dot.setAttribute("cy", curveY(heights[t]));
  $("means").textContent = typeset(`${words().mean} = ${shownAs(means[t])} (${at.phase === 2 ? words().after : words().before})`);
}

function seek(event) {
  const box = curve.getBoundingClientRect();
  const part = (event.clientX - box.left - BOX.left) / (size[0] - BOX.left - BOX.right);
  go(Math.round(part * count), at.phase);
}

// What is highlighted, and what is chosen ---------------------------------------------------------------------------

function highlight(target) { // a number wherever it stands, a neuron or line with all its numbers
  const ref = target && target.closest("[data-ref]"), key = target && target.closest("[data-key]");
  for (const node of document.querySelectorAll(".hot, .near")) node.classList.remove("hot", "near");
  if (!ref && !key) return;
  const name = ref && ref.dataset.ref, part = ref ? owner(name) : key.dataset.key;
  for (const node of document.querySelectorAll("[data-ref]")) {
    if (ref ? node.dataset.ref === name : owner(node.dataset.ref) === part) node.classList.add("hot");
  }
  if (parts.has(part)) parts.get(part).classList.add("near");
}

function choose(key) {
  at.chosen = key === at.chosen || !parts.has(key) ? "" : key;
  show();
}

// Moving ----------------------------------------------------------------------------------------------------------

function go(t, phase) {
  at.t = Math.min(count - 1, Math.max(0, t));
  at.phase = phase;
  show();
}

function move(by) { // so many phases on
  const to = Math.min(lastFrame, Math.max(0, frame() + by));
  go(Math.floor(to / 3), to % 3);
}

function play() {
  if (frame() === lastFrame) go(0, 0);
  let before = performance.now();
  const tick = () => {
    const [pause, rate] = SPEEDS[Number($("speed").value)], now = performance.now();
    if (rate) go(at.t + Math.max(1, Math.round(rate * (now - before) / 1000)), 2);
    else move(1);
    before = now;
    if (frame() === lastFrame) pauseNow();
    else at.timer = setTimeout(tick, pause);
  };
  at.timer = setTimeout(tick, SPEEDS[Number($("speed").value)][0]);
  show();
}

function pauseNow() {
  clearTimeout(at.timer);
  at.timer = 0;
  show();
}

function show() {
  read(at.t);
  paint();
  list();
  paintCurve();
  const text = words(), { k } = rows;
  const row = (refs) => refs.map((ref) => typeset(ref === null ? "…" : short(held(ref)))).join(", ");
  const x = data.drawn[0].map((i) => i === null ? null : `outputs.0.${i}`);
  const y = data.drawn[last].map((j) => j === null ? null : `y.${j}`);
  const step = text.step(at.t + 1, count);
  $("status").setAttribute("aria-live", at.timer ? "off" : "polite");
  const quantities = [["E", "E"], ["η", "eta"]].flatMap(([symbol, ref]) => {
    const node = element("span", `${symbol} = ${typeset(number(ref))}`);
    node.dataset.ref = ref;
    return [" · ", node];
  });
  $("status").replaceChildren(element("b", step), ` · ${text.sample(k + 1)}: x = (${row(x)}), y = (${row(y)})`, ...quantities);
  $("steps").value = at.t;
  $("steps").setAttribute("aria-valuetext", step);
  $("back").disabled = $("rewind").disabled = frame() === 0;
  $("forward").disabled = frame() === lastFrame;
  entitle($("play"), at.timer ? text.pause : text.play);
  $("play").querySelector("path").setAttribute("d", at.timer ? "M3 2h4v12H3zM9 2h4v12H9z" : "M4 2v12l9-6z");
  [...$("phases").children].forEach((button, p) => button.setAttribute("aria-pressed", String(p === at.phase)));
}

function entitle(node, title) {
  node.setAttribute("aria-label", title);
  if (node.tagName === "BUTTON") node.title = title;
}

function speak(lang) { // everything that is words
  at.lang = lang;
  const text = words();
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  document.title = `${text.title} – microbp`;
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = text[node.dataset.text];
  for (const node of document.querySelectorAll("[data-label]")) entitle(node, text[node.dataset.label]);
  $("language").textContent = text.other;
  $("language").lang = lang === "zh" ? "en" : "zh-CN";
  $("facts").textContent = data.facts;
  const phases = PHASES.map((phase, p) => `${"→←↻"[p]} ${text[phase]}`);
  for (const [id, texts] of [["phases", phases], ["digits", text.shown], ["speed", text.speeds]]) {
    texts.forEach((text, i) => { $(id).children[i].textContent = text; });
  }
  const keys = text.keys.map((does, i) => [i ? " · " : "", ...KEY_NAMES[i].map((name) => element("kbd", name)), ` ${does}`]);
  $("keys").replaceChildren(...keys.flat());
  drawCurve();
  show();
}

// What the reader does --------------------------------------------------------------------------------------------

const BUTTONS = {
  rewind: () => go(0, 0), back: () => move(-1), forward: () => move(1), play: () => at.timer ? pauseNow() : play(),
  all: () => choose(""), language: () => speak(at.lang === "en" ? "zh" : "en"),
};
const KEYS = {
  ArrowLeft: BUTTONS.back, ArrowRight: BUTTONS.forward, PageUp: () => go(at.t - 1, at.phase), PageDown: () => go(at.t + 1, at.phase),
  Home: BUTTONS.rewind, End: () => go(count - 1, 2), Escape: BUTTONS.all, " ": BUTTONS.play,
};
const MOVES = ["ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End"];
const OWN = { INPUT: MOVES, BUTTON: [" "], SELECT: [...MOVES, " ", "Escape"] }; // keys that a control uses itself

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target, held = target.closest("#net [data-key]");
  if (held && (event.key === "Enter" || event.key === " ")) choose(held.dataset.key);
  else if (KEYS[event.key] && !(OWN[target.tagName] || []).includes(event.key)) KEYS[event.key]();
  else return;
  event.preventDefault();
}

function begin() {
  PHASES.forEach((_, p) => {
    $("phases").append(element("button", "", { type: "button", onclick: () => go(at.t, p) }));
  });
  SPEEDS.forEach((_, i) => $("speed").append(new Option("", i, i === 1, i === 1)));
  DIGITS.forEach((digits) => $("digits").append(new Option("", digits, digits === 10, digits === 10)));
  $("digits").addEventListener("change", (event) => {
    at.digits = Number(event.target.value);
    show();
  });
  $("steps").max = count - 1;
  $("steps").addEventListener("input", (event) => go(Number(event.target.value), at.phase));
  for (const [id, pressed] of Object.entries(BUTTONS)) $(id).addEventListener("click", pressed);
  svg.addEventListener("click", (event) => {
    const target = event.target.closest("[data-key]");
    choose(target ? target.dataset.key : "");
  });
  $("equations").addEventListener("click", (event) => {
    const target = event.target.closest("[data-ref]"), key = target && owner(target.dataset.ref);
    if (key !== at.chosen && parts.has(key)) choose(key);
  });
  for (const place of [svg, $("equations")]) {
    for (const type of ["pointerover", "focusin"]) place.addEventListener(type, (event) => highlight(event.target));
    for (const type of ["pointerleave", "focusout"]) place.addEventListener(type, () => highlight(null));
  }
  curve.addEventListener("pointerdown", (event) => { curve.setPointerCapture(event.pointerId); seek(event); });
  curve.addEventListener("pointermove", (event) => { if (event.buttons) seek(event); });
  addEventListener("keydown", pressed);
  new ResizeObserver(drawCurve).observe(curve);
  measure();
  draw();
  read(at.t);
  speak(at.lang);
}

begin();
