// The last seconds of picture and drawing, recorded in the browser. Nothing of it is sent.

const LONGEST_MS = 14000;
const CLIP_RATE = 15;
const FORMS = ["video/mp4", "video/webm;codecs=vp9", "video/webm"];

// Two recorders that begin in turn: the older one always has the last 7 to 14 seconds.
class Clip {
  constructor(video, drawing) {
    this.video = video;
    this.drawing = drawing;
    this.canvas = document.createElement("canvas");
    this.recorders = [];
    this.form = typeof MediaRecorder === "undefined" ? undefined : FORMS.find((form) => MediaRecorder.isTypeSupported(form));
  }

  get possible() {
    return Boolean(this.form && this.canvas.captureStream);
  }

  start() {
    if (!this.possible || this.timer) return;
    this.canvas.width = this.video.videoWidth;
    this.canvas.height = this.video.videoHeight;
    this.pen = this.canvas.getContext("2d");
    this.stream = this.canvas.captureStream(CLIP_RATE);
    this.begin();
    this.timer = setInterval(() => this.begin(), LONGEST_MS / 2);
  }

  begin() {
    const parts = [];
    const recorder = new MediaRecorder(this.stream, { mimeType: this.form, videoBitsPerSecond: 1500000 });
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.start();
    this.recorders.push({ recorder, parts });
    if (this.recorders.length > 2) this.recorders.shift().recorder.stop();
  }

  // Takes in the picture that is shown, at most CLIP_RATE times a second.
  add(mirror, nowMs) {
    if (!this.timer || nowMs - (this.addedMs || 0) < 1000 / CLIP_RATE - 5) return;
    this.addedMs = nowMs;
    const { width, height } = this.canvas;
    this.pen.setTransform(mirror ? -1 : 1, 0, 0, 1, mirror ? width : 0, 0);
    this.pen.drawImage(this.video, 0, 0, width, height);
    this.pen.setTransform(1, 0, 0, 1, 0, 0);
    if (this.drawing.width) this.pen.drawImage(this.drawing, 0, 0, width, height);
  }

  // The clip as a file, and a new beginning.
  async take() {
    const oldest = this.recorders.shift();
    const ended = new Promise((done) => (oldest.recorder.onstop = done));
    oldest.recorder.stop();
    await ended;
    this.begin();
    return new Blob(oldest.parts, { type: this.form });
  }

  stop() {
    clearInterval(this.timer);
    this.timer = undefined;
    for (const { recorder } of this.recorders) if (recorder.state !== "inactive") recorder.stop();
    this.recorders = [];
  }
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${name}.${blob.type.includes("mp4") ? "mp4" : "webm"}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
