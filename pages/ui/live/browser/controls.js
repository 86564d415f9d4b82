// The buttons below the picture and the keys: full screen, clip, the other camera, snapshot, mute, start and stop.

const FACING = "fizzog-facing";
const KEYS_OFF = "fizzog-keys-off";

class Controls {
  constructor(overlay) {
    this.overlay = overlay;
    const find = (name) => overlay.root.querySelector(`.fizzog-${name}`);
    [this.turn, this.save, this.full, this.keys] = ["turn", "save", "full", "keys"].map(find);
    this.turn.onclick = () => this.turnCamera();
    this.save.onclick = () => this.saveClip();
    this.full.onclick = () => this.fillScreen();
    this.keys.checked = !kept(KEYS_OFF);
    this.keys.onchange = () => keep(KEYS_OFF, this.keys.checked ? "" : "1");
    this.press = (event) => this.onKey(event);
    document.addEventListener("keydown", this.press);
  }

  async update() {
    const { camera, clip, data } = this.overlay;
    this.full.disabled = !camera.wanted;
    this.save.hidden = !clip.possible;
    this.save.disabled = !camera.wanted;
    const wished = kept(FACING);
    if (wished && wished !== data.facing && !this.wished) {
      this.wished = true; // once: the choice of an earlier visit
      this.overlay.setStateValue("facing", wished);
    }
    const devices = navigator.mediaDevices ? await navigator.mediaDevices.enumerateDevices().catch(() => []) : [];
    this.turn.hidden = devices.filter(({ kind }) => kind === "videoinput").length < 2;
    this.turn.textContent = data.facing === "user" ? "Use the back camera" : "Use the front camera";
  }

  turnCamera() {
    const { data } = this.overlay;
    const facing = data.facing === "user" ? "environment" : "user";
    keep(FACING, facing);
    keep("streamlit-webrtc:device-ids", ""); // else the other stream begins with this stream's camera
    if (data.playing) pressStartOfNext();
    this.overlay.stopCamera();
    this.overlay.setStateValue("facing", facing);
  }

  async saveClip() {
    if (this.overlay.camera.wanted) save(await this.overlay.clip.take(), "fizzog-clip");
  }

  fillScreen() {
    const { stage } = this.overlay;
    if (document.fullscreenElement) document.exitFullscreen();
    else if (stage.requestFullscreen) stage.requestFullscreen();
    else stage.classList.toggle("filling"); // iPhones give the whole screen to a plain video only
  }

  onKey(event) {
    const typing = event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
    if (!this.keys.checked || typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const { overlay } = this;
    const acts = {
      s: () => pressInStream("Start"),
      x: () => pressInStream("Stop"),
      p: () => overlay.setTriggerValue("snapshot", true),
      m: () => overlay.setTriggerValue("mute", true),
      f: () => overlay.camera.wanted && this.fillScreen(),
    };
    const act = acts[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  }

  end() {
    document.removeEventListener("keydown", this.press);
  }
}

function streamFrame() {
  return document.querySelector('iframe[title*="webrtc"]');
}

// Presses a button of streamlit-webrtc; returns whether it is there. Its frame has this page's origin.
function pressInStream(name) {
  try {
    const buttons = [...streamFrame().contentDocument.querySelectorAll("button")];
    const button = buttons.find((each) => each.textContent.trim().toLowerCase() === name.toLowerCase() && !each.disabled);
    if (button) button.click();
    return Boolean(button);
  } catch {
    return false;
  }
}

// Presses Start of the stream that will replace the present one, for up to 20 s.
function pressStartOfNext() {
  const present = streamFrame();
  const began = performance.now();
  const timer = setInterval(() => {
    const next = streamFrame();
    const pressed = next && next !== present && pressInStream("Start");
    if (pressed || performance.now() - began > 20000) clearInterval(timer);
  }, 250);
}

function kept(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function keep(name, value) {
  try {
    if (value) localStorage.setItem(name, value);
    else localStorage.removeItem(name);
  } catch {
    // a browser that stores nothing
  }
}
