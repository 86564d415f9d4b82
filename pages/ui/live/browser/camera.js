// The visitor's own picture: a second capture of the camera that the stream sends.

const SIZE = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };

class OwnCamera {
  constructor(video) {
    this.video = video;
    this.wanted = false;
    this.mirror = true;
  }

  // Shows the camera. Throws the browser's error if there is no second capture.
  async start(facing, streamKey) {
    if (this.wanted) return;
    this.wanted = true;
    const device = deviceOf(streamKey);
    const which = device ? { deviceId: { ideal: device } } : { facingMode: facing };
    const stream = await navigator.mediaDevices.getUserMedia({ video: { ...SIZE, ...which }, audio: false });
    if (!this.wanted) return stream.getTracks().forEach((track) => track.stop());
    const seen = stream.getVideoTracks()[0].getSettings().facingMode || facing;
    this.mirror = seen !== "environment";
    this.video.classList.toggle("mirrored", this.mirror);
    this.video.srcObject = stream;
    await this.video.play().catch(() => {});
  }

  stop() {
    this.wanted = false;
    if (this.video.srcObject) this.video.srcObject.getTracks().forEach((track) => track.stop());
    this.video.srcObject = null;
  }
}

// The camera that streamlit-webrtc has chosen and keeps in the browser's storage.
function deviceOf(streamKey) {
  try {
    return JSON.parse(localStorage.getItem(`streamlit-webrtc:device-ids:${streamKey}`)).video;
  } catch {
    return undefined;
  }
}

// Calls `draw(captureMs)` for each picture that the video shows, with the time at which the camera took it.
// Without requestVideoFrameCallback it calls 30 times a second. Returns a function that ends it.
function forEachPicture(video, draw) {
  let ended = false;
  let lastMs = 0;
  const once = (now, picture) => {
    if (ended) return;
    lastMs = now;
    const shownMs = picture && picture.captureTime ? picture.captureTime : now - 30;
    draw(performance.timeOrigin + shownMs);
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(once);
  };
  if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(once);
  const timer = setInterval(() => {
    // also where the video stands still: an old drawing has to fade
    const now = performance.now();
    if (now - lastMs > 30 && (!video.requestVideoFrameCallback || now - lastMs > 150)) draw(performance.timeOrigin + now - 30);
  }, 33);
  return () => {
    ended = true;
    clearInterval(timer);
  };
}
