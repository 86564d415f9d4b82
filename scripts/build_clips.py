"""Makes the clips that ship with the project, with espeak-ng and ffmpeg: ``python -m scripts.build_clips``."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor

from fizzog_core.replies.catalog import Response, all_responses
from fizzog_core.replies.voice import CLIP_SUFFIX, CLIPS, clip_path

VOICES = {"en": "en-us", "es": "es", "fr": "fr-fr", "de": "de", "hi": "hi"}
"""espeak-ng's voice for each language."""
WORDS_PER_MINUTE = 160


def build_clip(response: Response) -> None:
    """Write one clip: mono MP3, 16 kHz, 16 kbit/s. Raises CalledProcessError if espeak-ng or ffmpeg fails."""
    path = clip_path(response)
    path.parent.mkdir(parents=True, exist_ok=True)
    voice = VOICES[response.clip.partition("/")[0]]
    speak = ["espeak-ng", "-v", voice, "-s", str(WORDS_PER_MINUTE), "--stdout", response.text]
    wave = subprocess.run(speak, check=True, capture_output=True).stdout
    encode = ["ffmpeg", "-v", "error", "-y", "-f", "wav", "-i", "pipe:0", "-ac", "1", "-ar", "16000"]
    encode += ["-c:a", "libmp3lame", "-b:a", "16k", "-write_xing", "0", "-id3v2_version", "0", "-map_metadata", "-1"]
    subprocess.run([*encode, str(path)], check=True, input=wave, capture_output=True)


def main() -> None:
    """Make the missing clips and remove the clips of no sentence."""
    responses = all_responses()
    wanted = {clip_path(response) for response in responses}
    stale = [path for path in CLIPS.rglob(f"*{CLIP_SUFFIX}") if path not in wanted]
    for path in stale:
        path.unlink()
    missing = [response for response in responses if not clip_path(response).is_file()]
    with ThreadPoolExecutor(2) as workers:
        list(workers.map(build_clip, missing))
    size = sum(path.stat().st_size for path in wanted)
    print(f"{len(missing)} clips made, {len(stale)} removed; {len(wanted)} clips, {size / 1e6:.2f} MB in {CLIPS.name}/")


if __name__ == "__main__":
    main()
