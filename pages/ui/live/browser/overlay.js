// The visitor's own picture with the drawing over it, the caption and its voice, and the buttons below.
// Streamlit calls the default function after each run of the page; the object in `root.fizzog` stays.

const MUTED_STATES = 8; // messages about the state, of which one comes each second

class Overlay {
  constructor(root) {
    this.root = root;
    for (const name of ["stage", "picture", "own", "drawing", "idle", "problem", "lost", "lost-text", "caption", "blocked", "voice"]) {
      this[name] = root.querySelector(`.fizzog-${name}`);
    }
    this.motion = new Motion();
    this.camera = new OwnCamera(this.own);
    this.clip = new Clip(this.own, this.drawing);
    this.controls = new Controls(this);
    this.shown = [];
    this.hear = ({ detail }) => this.take(detail);
    window.addEventListener("fizzog-live", this.hear);
    this.sizes = new ResizeObserver(() => this.fit());
    this.sizes.observe(this.picture);
    this.own.onresize = () => this.fit();
    this.endPictures = forEachPicture(this.own, (captureMs) => this.draw(captureMs));
    root.querySelector(".fizzog-give-up").onclick = () => this.fall("cut");
  }

  update({ data, setStateValue, setTriggerValue }) {
    Object.assign(this, { data, setStateValue, setTriggerValue });
    this.voice.volume = data.volume;
    this.voice.muted = data.muted;
    if (!this.drawing.getContext || !this.drawing.getContext("2d")) return this.fall("canvas");
    if (!window.EventSource) return this.fall("stream");
    if (!this.results || this.results.relative !== data.address) {
      if (this.results) this.results.close();
      this.results = new Results(data.address, (silentS) => this.lose(silentS));
      this.results.relative = data.address;
    }
    if (data.playing) this.startCamera();
    else this.stopCamera();
    this.controls.update();
  }

  startCamera() {
    this.camera.start(this.data.facing, this.data.stream).then(
      () => this.show(true),
      (error) => this.fall(`camera ${error.name}`)
    );
  }

  stopCamera() {
    this.camera.stop();
    this.clip.stop();
    this.motion = new Motion();
    this.show(false);
  }

  show(playing) {
    if (playing !== this.camera.wanted) return;
    this.idle.hidden = playing;
    this.own.hidden = !playing;
    this.fit();
    if (playing) this.clip.start();
    this.controls.update();
  }

  // Makes the picture as wide and high as the camera's, and the canvas as fine as the screen.
  fit() {
    const { videoWidth, videoHeight } = this.own;
    const ratio = videoWidth && videoHeight ? videoWidth / videoHeight : 4 / 3;
    this.picture.style.setProperty("--ratio", ratio);
    const fine = Math.min(2, window.devicePixelRatio || 1);
    const [width, height] = [this.picture.clientWidth, this.picture.clientHeight].map((side) => Math.round(side * fine));
    if (this.drawing.width !== width || this.drawing.height !== height) Object.assign(this.drawing, { width, height });
  }

  draw(captureMs) {
    if (!this.data || this.fallen || !this.drawing.width) return;
    const nowMs = performance.timeOrigin + performance.now();
    drawFrame(this.drawing, this.motion.at(captureMs, nowMs), this.camera.mirror);
    if (!this.camera.wanted) return;
    this.clip.add(this.camera.mirror, nowMs);
    this.shown = [...this.shown.filter((at) => nowMs - at < 3000), nowMs];
  }

  take(message) {
    const nowMs = performance.timeOrigin + performance.now();
    if (message.type === "result" && this.camera.wanted) {
      this.motion.update(message, nowMs);
      const rate = this.shown.length > 1 ? (1000 * (this.shown.length - 1)) / (this.shown.at(-1) - this.shown[0]) : 0;
      const delay = nowMs - captureMs(message, nowMs);
      window.dispatchEvent(new CustomEvent("fizzog-live", { detail: { type: "own", rate, delay } }));
    } else if (message.type === "state") {
      tell(this.problem, message.problem);
      this.lookForMuted(message);
    } else if (message.type === "reply" && this.caption.dataset.number !== String(message.number)) {
      this.caption.dataset.number = message.number;
      this.caption.textContent = message.text;
      this.caption.lang = message.language;
    } else if (message.type === "sound" && message.sound) {
      this.voice.src = message.sound;
      this.voice.play().then(
        () => (this.blocked.hidden = true),
        () => (this.blocked.hidden = this.data.muted)
      );
    }
  }

  // Where a second capture mutes the first, the server gets no frames while the own picture moves.
  lookForMuted({ streaming, waiting }) {
    const moved = this.own.currentTime !== this.lastTime;
    this.lastTime = this.own.currentTime;
    this.muted = this.camera.wanted && moved && !streaming && !waiting ? (this.muted || 0) + 1 : 0;
    if (this.muted >= MUTED_STATES) this.fall("muted");
  }

  // `silentS`: seconds without a message, 0 if messages come, Infinity if the stream is given up.
  lose(silentS) {
    if (silentS === Infinity) return this.fall("stream");
    this.lost.hidden = !silentS;
    this["lost-text"].textContent =
      `The results have been interrupted for ${Math.round(silentS)} s. You still see your camera; the page tries again.`;
  }

  // Leaves the picture to the server.
  fall(reason) {
    if (this.fallen) return;
    this.fallen = true;
    const playing = this.data.playing;
    this.stopCamera();
    this.setStateValue("fallen", reason);
    if (playing) pressStartOfNext();
  }

  end() {
    window.removeEventListener("fizzog-live", this.hear);
    this.endPictures();
    this.sizes.disconnect();
    this.camera.stop();
    this.clip.stop();
    this.controls.end();
    if (this.results) this.results.close();
  }
}

// Shows a sentence in which **words** may be bold; hides the element if it is empty.
function tell(element, text) {
  if (element.dataset.text === text) return;
  element.dataset.text = text;
  element.hidden = !text;
  element.replaceChildren(
    ...text.split("**").map((part, n) => (n % 2 ? Object.assign(document.createElement("strong"), { textContent: part }) : part))
  );
}

export default function (component) {
  const root = component.parentElement;
  const call = (root.fizzogCalls = (root.fizzogCalls || 0) + 1);
  if (!root.fizzog) root.fizzog = new Overlay(root);
  root.fizzog.update(component);
  return () => {
    if (call !== root.fizzogCalls || !root.fizzog) return; // a later run of the page has called again
    root.fizzog.end();
    root.fizzog = undefined;
  };
}
