// The last minute: a row for each face and hand, a coloured piece for each half second; and how often a label was seen.

const SPAN_S = 60;
const LONGEST_S = 1; // a piece reaches to the next one, if that comes within this time
const ROW = 28;
const SVG = "http://www.w3.org/2000/svg";

function drawMinute(root, { timeline, counts }) {
  const find = (name) => root.querySelector(`.fizzog-${name}`);
  const rows = [...new Set(timeline.map(({ who }) => who))].sort();
  const nextOf = new Map(); // of each face or hand: seconds ago of the piece to the right
  const colors = new Map(timeline.map(({ label, color }) => [label, color]));
  find("no-minute").hidden = timeline.length > 0;
  find("minute").hidden = !timeline.length;
  find("names").replaceChildren(...rows.map((who) => text("span", who)));
  const chart = find("pieces");
  chart.setAttribute("viewBox", `0 0 ${SPAN_S} ${ROW * Math.max(1, rows.length)}`);
  chart.style.height = `${ROW * rows.length}px`;
  chart.replaceChildren(
    ...[...timeline].reverse().map(({ who, ago_s, label, color, score }) => {
      const width = Math.min(LONGEST_S, ago_s - (nextOf.get(who) ?? 0)) + 0.02;
      nextOf.set(who, ago_s);
      const piece = document.createElementNS(SVG, "rect");
      const place = { x: SPAN_S - ago_s, y: ROW * rows.indexOf(who) + 4, width, height: ROW - 8 };
      for (const [name, value] of Object.entries({ ...place, fill: color, opacity: 0.35 + 0.65 * score })) piece.setAttribute(name, value);
      const title = document.createElementNS(SVG, "title");
      title.textContent = `${label} ${Math.round(100 * score)}% (${who})`;
      piece.append(title);
      return piece;
    })
  );
  find("legend").replaceChildren(
    ...[...colors].sort().map(([label, color]) => {
      const entry = text("span", label);
      entry.style.setProperty("--color", color);
      return entry;
    })
  );
  const seen = Object.entries(counts);
  find("no-counts").hidden = seen.length > 0;
  find("counts").hidden = !seen.length;
  find("counts-rows").replaceChildren(
    ...seen.map(([label, times]) => {
      const row = document.createElement("tr");
      row.append(text("td", label), text("td", times));
      return row;
    })
  );
}

function text(kind, words) {
  return Object.assign(document.createElement(kind), { textContent: words });
}

export default function ({ parentElement: root }) {
  const call = (root.fizzogCalls = (root.fizzogCalls || 0) + 1);
  if (!root.fizzogHear) {
    root.fizzogHear = ({ detail }) => detail.type === "state" && drawMinute(root, detail);
    window.addEventListener("fizzog-live", root.fizzogHear);
  }
  return () => {
    if (call !== root.fizzogCalls) return;
    window.removeEventListener("fizzog-live", root.fizzogHear);
    root.fizzogHear = undefined;
  };
}
