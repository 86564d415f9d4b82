// Beside the picture: a bar for each label of each face and hand, the largest first, and the speed.

const MOST = 4;
const PERIOD_MS = 250; // bars that change more often cannot be read

const STAGES = { find_faces: "find faces", keypoints: "keypoints", emotion: "expression", find_hands: "find hands", gesture: "gesture" };

class Bars {
  constructor(root) {
    this.root = root;
    this.list = root.querySelector(".fizzog-bars");
    this.hint = root.querySelector(".fizzog-hint");
    this.speed = root.querySelector(".fizzog-speed");
    this.rows = new Map();
    this.items = [];
    this.own = { rate: 0, delays: [] };
    this.hear = ({ detail }) => this.take(detail);
    window.addEventListener("fizzog-live", this.hear);
  }

  take(message) {
    if (message.type === "own") {
      this.own.rate = message.rate;
      this.own.delays = [...this.own.delays.slice(-149), message.delay];
    }
    if (message.type === "result") this.items = message.items;
    if (message.type === "state") {
      this.streaming = message.streaming;
      if (!message.streaming) this.items = [];
      this.showSpeed(message.speed);
    } else if (message.type !== "result" || performance.now() - (this.shownMs || 0) < PERIOD_MS) {
      return;
    }
    this.shownMs = performance.now();
    this.show();
  }

  show() {
    const area = ({ box: [x1, y1, x2, y2] }) => (x2 - x1) * (y2 - y1);
    const named = this.items.filter((item) => item.labels).sort((a, b) => area(b) - area(a));
    const shown = named.slice(0, MOST).map((item) => this.block(item));
    const more = named.length - MOST;
    if (more > 0) shown.push(element("p", "fizzog-small", `and ${more} more in the picture and in the log`));
    if (shown.length !== this.list.children.length || shown.some((node, n) => node !== this.list.children[n])) {
      this.list.replaceChildren(...shown);
    }
    const none = this.streaming ? "No face and no hand in view. Look at the camera, in good light." : "Bars appear here once the camera runs.";
    this.hint.hidden = named.length > 0;
    this.hint.classList.toggle("fizzog-info", Boolean(this.streaming));
    if (this.hint.textContent !== none) this.hint.textContent = none;
  }

  // The element of one face or hand; the same one as long as its name and its labels stay.
  block(item) {
    const key = `${item.name} ${item.labels}`;
    if (this.rows.size > 50) this.rows.clear();
    if (!this.rows.has(key)) this.rows.set(key, blockOf(item));
    const { node, title, answer, share, rows } = this.rows.get(key);
    title.textContent = `${item.name}: `;
    answer.textContent = item.label;
    share.textContent = item.score === null ? "" : ` ${percent(item.score)}`;
    rows.forEach(({ word, bar, tick }, n) => {
      word.textContent = `${item.labels[n]}  ${percent(item.probabilities[n])}`;
      bar.style.width = `${100 * item.probabilities[n]}%`;
      tick.hidden = !item.raw;
      if (item.raw) tick.style.left = `${100 * item.raw[n]}%`;
    });
    return node;
  }

  showSpeed(speed) {
    const told = this.streaming && speed.p50_ms !== null;
    const delays = [...this.own.delays].sort((a, b) => a - b);
    const lines = told
      ? [
          ["Time to a result (median)", `${Math.round(speed.p50_ms)} ms`],
          ["95 % of results within", `${Math.round(speed.p95_ms)} ms`],
          ["Results a second", speed.results_per_s.toFixed(1)],
          ["Your camera's pictures a second", this.own.rate.toFixed(1)],
          ...(delays.length ? [["From the camera to the drawing (median)", `${Math.round(delays[delays.length >> 1])} ms`]] : []),
          ["Frames not analysed", `${speed.dropped} of ${speed.received}`],
          ...Object.entries(speed.stage_ms).map(([name, ms]) => [`Mean time: ${STAGES[name] || name}`, `${ms.toFixed(1)} ms`]),
        ]
      : [["Figures appear once the camera runs.", ""]];
    this.speed.replaceChildren(...lines.map(([name, value]) => pair(name, value)));
  }

  end() {
    window.removeEventListener("fizzog-live", this.hear);
  }
}

function blockOf(item) {
  const [node, head] = [element("section", "fizzog-block"), element("p", "fizzog-answer")];
  const [title, answer, share] = [element("span"), element("strong"), element("span")];
  head.append(title, answer, share);
  node.append(head);
  const rows = item.labels.map((_, n) => {
    const [row, word, ground] = [element("div", "fizzog-row"), element("span", "fizzog-word"), element("span", "fizzog-ground")];
    const [bar, tick] = [element("span", "fizzog-bar"), element("span", "fizzog-tick")];
    bar.style.background = item.colors[n];
    ground.append(bar, tick);
    row.append(word, ground);
    node.append(row);
    return { word, bar, tick };
  });
  return { node, title, answer, share, rows };
}

function element(kind, className = "", text = "") {
  return Object.assign(document.createElement(kind), { className, textContent: text });
}

function pair(name, value) {
  const row = element("div", "fizzog-pair");
  row.append(element("span", "", name), element("strong", "", value));
  return row;
}

function percent(share) {
  return `${Math.round(100 * share)}%`;
}

export default function ({ parentElement: root }) {
  const call = (root.fizzogCalls = (root.fizzogCalls || 0) + 1);
  if (!root.fizzog) root.fizzog = new Bars(root);
  return () => {
    if (call !== root.fizzogCalls || !root.fizzog) return;
    root.fizzog.end();
    root.fizzog = undefined;
  };
}
