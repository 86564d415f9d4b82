"""Attacks on the site. Each makes one attempt and returns a word for its outcome."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial

from streamlit.proto.BackMsg_pb2 import BackMsg

from benchmarks.scale.site_visitor import site_visit
from benchmarks.siege import files
from benchmarks.siege.honest import DATA_SET, PICTURE, VIDEO, Errand, send_file
from benchmarks.siege.raw import request_head, send

VISITS = 10
FORM = {"Content-Type": "multipart/form-data; boundary=siege"}
FORM_START = b'--siege\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
FORM_END = b"\r\n--siege--\r\n"

Attack = Callable[[str, str], Awaitable[str]]
"""``attack(address, source)``: the address of the site or the service, and the attacker's own IP address."""


async def hand_in(errand: Errand, name: str, make: Callable[[], bytes], address: str, source: str) -> str:
    """Uploads a crafted file as a visitor does, and waits for its result."""
    data = await asyncio.to_thread(make)
    async with site_visit(address, errand.page, errand.query, source) as visit:
        return await send_file(visit, errand, name, data)


async def many_visits(address: str, source: str) -> str:
    """Starts a long video in each of ten visits at once."""
    visit = ATTACKS["video of 30,000 frames"]
    outcomes = await asyncio.gather(*(visit(address, source) for _ in range(VISITS)), return_exceptions=True)
    words = Counter(outcome if isinstance(outcome, str) else type(outcome).__name__ for outcome in outcomes)
    return ", ".join(f"{word[:60]} x {count}" for word, count in sorted(words.items()))


async def clear_cache(address: str, source: str) -> str:
    """Clears the caches of all visitors, as Streamlit's developer menu does: networks would be loaded again."""
    async with site_visit(address, "home", "", source) as visit:
        for _ in range(20):
            await visit.send(BackMsg(clear_cache=True))
            await asyncio.sleep(0.05)
        return "sent"


async def endless_upload(address: str, source: str) -> str:
    """Uploads 300 MB in chunks without a length, so that the server has to count."""
    async with site_visit(address, "analyze_image", "", source) as visit:
        path = f"/_stcore/upload_file/{visit.session}/endless"
        head = request_head("PUT", path, visit.headers | FORM | {"Transfer-Encoding": "chunked"})
        parts = (FORM_START, *(bytes(0x10000) for _ in range(4800)))
        return await send(address, source, head, (b"%x\r\n%b\r\n" % (len(part), part) for part in parts))


async def many_uploads(address: str, source: str) -> str:
    """Sends 60 files of 20 MB from the home page, which has no file field."""
    outcomes: dict[str, int] = {}
    size = 20 * 10**6
    async with site_visit(address, "home", "", source) as visit:
        for number in range(60):
            path = f"/_stcore/upload_file/{visit.session}/{number}"
            length = len(FORM_START) + size + len(FORM_END)
            head = request_head("PUT", path, visit.headers | FORM | {"Content-Length": str(length)})
            parts = (FORM_START, *(bytes(10**6) for _ in range(20)), FORM_END)
            outcome = (await send(address, source, head, parts)).split()[0]
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
    return ", ".join(f"{outcome} x {count}" for outcome, count in sorted(outcomes.items()))


ATTACKS: dict[str, Attack] = {
    "video of 8160 x 6120": partial(hand_in, VIDEO, "a.mp4", files.wide_video),
    "video with a pixel aspect of 4:1": partial(hand_in, VIDEO, "a.mp4", files.stretched_video),
    "video that grows": partial(hand_in, VIDEO, "a.avi", files.changing_video),
    "video of 30,000 frames": partial(hand_in, VIDEO, "a.mp4", files.long_video),
    "ten visits with a video of 30,000 frames": many_visits,
    "picture of 50 megapixels, PNG": partial(hand_in, PICTURE, "a.png", partial(files.flat_picture, 50, "PNG")),
    "picture of 50 megapixels, JPEG": partial(hand_in, PICTURE, "a.jpg", partial(files.flat_picture, 50, "JPEG")),
    "picture of 24 megapixels, JPEG 2000": partial(
        hand_in, PICTURE, "a.jp2", partial(files.flat_picture, 24, "JPEG2000")
    ),
    "zip of 100 AVIF of 12 megapixels": partial(hand_in, DATA_SET, "a.zip", files.heavy_zip),
    "zip with names of 60,000 characters": partial(hand_in, DATA_SET, "a.zip", files.long_names),
    "clear_cache messages": clear_cache,
    "chunked upload of 300 MB": endless_upload,
    "60 files of 20 MB from the home page": many_uploads,
}
