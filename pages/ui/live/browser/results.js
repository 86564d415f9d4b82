// The results' stream: server-sent events at the visit's own address. Each message becomes an event of the window,
// "fizzog-live", which the other parts of the page listen to.

const FIRST_LIMIT_MS = 12000; // without a message until then, no stream gets through
const LOST_LIMIT_MS = 90000; // a stream that worked is tried again for so long
const SILENT_MS = 4000; // the server sends its state once a second

class Results {
  // `lost(silent)`: called once a second with the seconds since the last message, Infinity if the stream is given up.
  constructor(address, lost) {
    this.address = new URL(address, document.baseURI).href;
    this.lost = lost;
    this.openedMs = this.heardMs = performance.now();
    this.heard = false;
    this.open();
    this.timer = setInterval(() => this.look(), 1000);
  }

  open() {
    if (this.source) this.source.close();
    this.triedMs = performance.now();
    this.source = new EventSource(this.address);
    this.source.onmessage = ({ data }) => {
      this.heard = true;
      this.heardMs = performance.now();
      window.dispatchEvent(new CustomEvent("fizzog-live", { detail: JSON.parse(data) }));
    };
  }

  look() {
    const silent = performance.now() - this.heardMs;
    const limit = this.heard ? LOST_LIMIT_MS : FIRST_LIMIT_MS;
    if (silent > SILENT_MS && performance.now() - this.triedMs > SILENT_MS) this.open();
    this.lost(silent > limit ? Infinity : silent > SILENT_MS ? silent / 1000 : 0);
  }

  close() {
    clearInterval(this.timer);
    this.source.close();
  }
}
