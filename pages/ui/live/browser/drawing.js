// Draws faces and hands on a canvas that lies over the picture. The canvas is never mirrored, so texts can be read.

const FINGERS = [[0, 1, 2, 3, 4], [0, 5, 6, 7, 8], [5, 9, 10, 11, 12], [9, 13, 14, 15, 16], [13, 17, 18, 19, 20], [0, 17]];

// `frame`: what Motion.at returns. `mirror`: whether the picture below is mirrored.
function drawFrame(canvas, frame, mirror) {
  const pen = canvas.getContext("2d");
  const { width, height } = canvas;
  pen.clearRect(0, 0, width, height);
  pen.globalAlpha = frame.opacity;
  const across = (x) => (mirror ? 1 - x : x) * width;
  const things = frame.things.map(({ box, points, item }) => {
    const [a, b] = [across(box[0]), across(box[2])];
    const seen = { left: Math.min(a, b), right: Math.max(a, b), top: box[1] * height, bottom: box[3] * height };
    const places = [];
    for (let i = 0; i < points.length; i += 2) places.push([across(points[i]), points[i + 1] * height]);
    return { ...seen, item, places };
  });
  for (const thing of things) {
    if (thing.item.kind === "hand") drawHand(pen, thing);
    else drawPoints(pen, thing);
    drawCorners(pen, thing, Math.max(width, height));
  }
  for (const thing of things) if (thing.item.text) drawLabel(pen, thing, width, height);
}

function drawCorners(pen, { left, right, top, bottom, item }, side) {
  const short = Math.min(right - left, bottom - top);
  const reach = 0.22 * short;
  const thick = Math.min(Math.max(1, 0.02 * short), Math.max(2, 0.006 * side));
  const path = new Path2D();
  for (const [x, inward] of [[left, 1], [right, -1]]) {
    for (const [y, down] of [[top, 1], [bottom, -1]]) {
      path.moveTo(x, y + down * reach);
      path.lineTo(x, y);
      path.lineTo(x + inward * reach, y);
    }
  }
  strokeTwice(pen, path, thick, item.color);
}

function drawPoints(pen, { left, right, places }) {
  const radius = Math.max(1, 0.015 * (right - left));
  for (const [color, size] of [["#000", radius + Math.max(1, radius / 2)], ["#fff", radius]]) {
    pen.fillStyle = color;
    for (const [x, y] of places) {
      pen.beginPath();
      pen.arc(x, y, size, 0, 2 * Math.PI);
      pen.fill();
    }
  }
}

function drawHand(pen, { left, right, places, item }) {
  if (places.length !== 21) return;
  const path = new Path2D();
  for (const finger of FINGERS) finger.forEach((n, k) => (k ? path.lineTo(...places[n]) : path.moveTo(...places[n])));
  strokeTwice(pen, path, Math.max(1, 0.012 * (right - left)), item.color);
}

// A dark line under a coloured one can be seen on any background.
function strokeTwice(pen, path, thick, color) {
  pen.lineJoin = pen.lineCap = "round";
  for (const [style, width] of [["#000", thick + 2], [color, thick]]) {
    pen.strokeStyle = style;
    pen.lineWidth = width;
    pen.stroke(path);
  }
}

// The text on a plate above the box; inside the box where the picture ends.
function drawLabel(pen, { left, right, top, item }, width, height) {
  const most = Math.max(width, height);
  const size = Math.min(Math.max(0.17 * (right - left), 0.022 * most, 12), Math.max(0.04 * most, 12));
  pen.font = `600 ${size}px "Source Sans", system-ui, sans-serif`;
  pen.textBaseline = "middle";
  const rim = size / 3;
  const [across, down] = [pen.measureText(item.text).width + 2 * rim, size * 1.4];
  const x = Math.min(Math.max(left, 0), Math.max(0, width - across));
  const y = Math.min(top >= down ? top - down : Math.max(top, 0), height - down);
  pen.fillStyle = item.color;
  pen.beginPath();
  pen.roundRect(x, y, across, down, rim);
  pen.fill();
  pen.fillStyle = item.ink;
  pen.fillText(item.text, x + rim, y + down / 2 + size * 0.04);
}
