// Where a face or hand is now: an alpha-beta-gamma filter (constant acceleration) for the centre of each track's box,
// an alpha-beta filter (constant velocity) for its size. docs/decisions/023-drawn-in-the-browser.md has the gains' reason.
// All times are milliseconds since 1970 by the browser's clock; all places 0..1 of the picture.

const CENTRE = { alpha: 0.85, beta: 0.6, gamma: 0.05 };
const SIZE_OF_BOX = { alpha: 0.5, beta: 0.1, gamma: 0 };
const GAINS = [CENTRE, CENTRE, SIZE_OF_BOX, SIZE_OF_BOX];
const LONGEST_AHEAD_MS = 300; // a box is moved on for no longer than this
const FORGET_MS = 500; // a drawing that is older fades out
const FADE_MS = 300;

// One number that changes over time: its value, its speed and its acceleration, each millisecond.
class Filter {
  constructor(value, { alpha, beta, gamma }) {
    Object.assign(this, { alpha, beta, gamma, value, speed: 0, change: 0, results: 1 });
  }

  at(passed) {
    return this.value + this.speed * passed + (this.change * passed * passed) / 2;
  }

  update(seen, passed) {
    const wrong = seen - this.at(passed);
    if (this.results === 1) {
      Object.assign(this, { value: seen, speed: wrong / passed });
    } else {
      this.value = this.at(passed) + this.alpha * wrong;
      this.speed += this.change * passed + (this.beta * wrong) / passed;
      this.change += (2 * this.gamma * wrong) / (passed * passed);
    }
    this.results += 1;
  }
}

class Track {
  constructor(item, timeMs) {
    this.begin(item, timeMs);
  }

  begin(item, timeMs) {
    Object.assign(this, { item, timeMs });
    this.filters = placeOf(item.box).map((value, i) => new Filter(value, GAINS[i])); // centre x and y, width, height
  }

  update(item, timeMs) {
    const passed = timeMs - this.timeMs;
    if (passed <= 0) return;
    if (passed > FORGET_MS) return this.begin(item, timeMs);
    placeOf(item.box).forEach((seen, i) => this.filters[i].update(seen, passed));
    Object.assign(this, { item, timeMs });
  }

  // The box and the points at a time: the points keep their places in the box.
  at(timeMs) {
    const ahead = Math.max(0, Math.min(LONGEST_AHEAD_MS, timeMs - this.timeMs));
    const [x, y, width, height] = this.filters.map((filter) => filter.at(ahead));
    const [left, top] = [x - width / 2, y - height / 2];
    const [x1, y1, x2, y2] = this.item.box;
    const points = this.item.points.map((value, i) =>
      i % 2 ? top + ((value - y1) / (y2 - y1)) * height : left + ((value - x1) / (x2 - x1)) * width
    );
    return { box: [left, top, left + width, top + height], points, item: this.item };
  }
}

class Motion {
  constructor() {
    this.tracks = new Map();
    this.receivedMs = -Infinity;
  }

  // Takes in a message with results. A track that it does not name has ended.
  update(message, nowMs) {
    const timeMs = captureMs(message, nowMs);
    const tracks = new Map();
    for (const item of message.items) {
      const key = `${item.kind} ${item.track}`;
      const track = this.tracks.get(key) || new Track(item, timeMs);
      track.update(item, timeMs);
      tracks.set(key, track);
    }
    this.tracks = tracks;
    this.receivedMs = nowMs;
  }

  // What to draw for a picture that was captured at `timeMs`; `nowMs` decides how far it has faded.
  at(timeMs, nowMs) {
    const opacity = Math.max(0, Math.min(1, 1 - (nowMs - this.receivedMs - FORGET_MS) / FADE_MS));
    return { opacity, things: opacity > 0 ? [...this.tracks.values()].map((track) => track.at(timeMs)) : [] };
  }
}

function placeOf([x1, y1, x2, y2]) {
  return [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1];
}

// When the message's frame was captured. Without a plausible clock of the sender: its age at the server and a guess
// of what encoding and the network took.
function captureMs(message, nowMs) {
  const age = message.captured_ms === null ? NaN : nowMs - message.captured_ms;
  return age >= message.age_ms && age < 3000 ? message.captured_ms : nowMs - message.age_ms - 80;
}
