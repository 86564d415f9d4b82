"""Small CSV files, pictures and zip files for upload tests."""

import io

from PIL import Image

from fizzog_core.datasets.csv_format import KEYPOINT_COLUMNS

FACE = " ".join(["7"] * 48 * 48)
SQUARE = " ".join(["9"] * 96 * 96)


def fer2013(*rows: str, header: str = "emotion,pixels,Usage") -> bytes:
    return "\n".join([header, *rows]).encode()


def keypoints(**changes: str) -> bytes:
    cells = dict.fromkeys(KEYPOINT_COLUMNS, "40.5") | {"Image": SQUARE} | changes
    return f"{','.join(cells)}\n{','.join(cells.values())}\n".encode()


def png(side: int = 20, grey: int = 90) -> bytes:
    file = io.BytesIO()
    Image.new("L", (side, side), grey).save(file, "PNG")
    return file.getvalue()
