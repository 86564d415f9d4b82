"""Descriptions and working examples for the service's page /docs."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, get_args

from fizzog_core.output.media_types import MEDIA_TYPES

DESCRIPTION = """Finds faces with 15 keypoints and an emotion, and hands with a gesture.

`POST /v1/analyze` analyses a whole picture. The addresses below `/v1/models` are TensorFlow Serving's REST API for the
networks `keypoints` (grey crops Nx96x96x1, 0..255, to 30 numbers in 0..1 of the crop), `emotion` (grey crops, 0..255,
to probabilities) and `gesture` (hand landmarks Nx21x3 in pixels, to probabilities); `/metadata` gives each one's shape.
"""

HAND = [
    *([160, 300, 0], [200, 285, -8], [232, 250, -14], [240, 210, -20], [225, 180, -26]),
    *([205, 190, -12], [212, 140, -22], [216, 110, -28], [219, 84, -33]),
    *([178, 184, -12], [180, 128, -22], [181, 96, -29], [182, 68, -34]),
    *([152, 190, -14], [148, 205, -28], [158, 225, -32], [164, 238, -32]),
    *([128, 204, -17], [126, 214, -28], [138, 230, -31], [146, 240, -31]),
]
"""21 landmarks of a hand, wrist first."""


Form = Literal["json", "jsonl", "csv", "parquet"]
"""The formats of a picture's result."""
Responses = dict[int | str, dict[str, Any]]
"""Statuses and what OpenAPI says about each."""


def _body(kind: str, schema: dict[str, Any], examples: dict[str, Any]) -> dict[str, Any]:
    content = {kind: {"schema": schema} | ({"examples": examples} if examples else {})}
    return {"requestBody": {"required": True, "content": content}}


def _answer(description: str, example: Any, others: tuple[str, ...] = ()) -> Responses:
    """The response 200 as JSON like ``example``, or in the media types ``others``."""
    content = {MEDIA_TYPES["json"]: {"example": example}} | {kind: {} for kind in others}
    return {200: {"description": description, "content": content}}


_EXAMPLES = {
    "row format": {"summary": "gesture: one hand, row format", "value": {"instances": [HAND]}},
    "column format": {
        "summary": "gesture: two hands, column format",
        "value": {"inputs": {"landmarks_px": [HAND] * 2}},
    },
}
_PREDICT_SCHEMA = {
    "type": "object",
    "properties": {
        "signature_name": {"type": "string", "default": "serving_default"},
        "instances": {"description": "Rows, plain or each as an object.", "type": "array", "items": {}},
        "inputs": {"description": "All rows, plain or as an object."},
    },
}

PREDICT: dict[str, Any] = {
    "responses": _answer("One row of outputs for each row.", {"predictions": [[0.01, 0.01, 0.02, 0.95, 0.01]]}),
    "openapi_extra": _body(MEDIA_TYPES["json"], _PREDICT_SCHEMA, _EXAMPLES),
}

ANALYZE: dict[str, Any] = {
    "responses": _answer(
        "Faces and hands, from left to right, in pixels of the picture: docs/schema.md.",
        {"schema": 1, "source": "", "width": 640, "height": 480, "faces": [], "hands": [], "stage_ms": {}},
        tuple(MEDIA_TYPES[form] for form in get_args(Form) if form != "json"),
    ),
    "openapi_extra": _body(
        "application/octet-stream",
        {"type": "string", "format": "binary", "description": "The bytes of a JPEG, PNG, WebP, HEIC, ... file."},
        {},
    ),
}


class Refusal(NamedTuple):
    """When a status is returned, and with which headers."""

    reason: str
    headers: dict[str, str]


_RETRY = {"Retry-After": "1"}
REFUSALS = {
    400: Refusal("The body or a parameter is invalid.", {}),
    401: Refusal("The API key is missing or wrong.", {"WWW-Authenticate": "Bearer"}),
    404: Refusal("No such network or version.", {}),
    405: Refusal("The address needs POST.", {"Allow": "POST"}),
    408: Refusal("The body did not arrive in time.", {}),
    413: Refusal("The body is too large, also after decompression.", {}),
    415: Refusal("The Content-Encoding is not gzip.", {}),
    422: Refusal("The picture exceeds the limits of memory or time, or ended the process that analysed it.", {}),
    429: Refusal("Too many requests from this client; see Retry-After.", _RETRY),
    503: Refusal("Overloaded, or no result in time; see Retry-After.", _RETRY),
}
"""Every status of a refusal."""


def refusal_headers(status: int) -> dict[str, str]:
    """The headers of a response with this status."""
    return REFUSALS[status].headers if status in REFUSALS else {}


RESPONSES: Responses = {
    status: {"description": refusal.reason, "content": {MEDIA_TYPES["json"]: {"example": {"error": "a sentence"}}}}
    for status, refusal in REFUSALS.items()
}
NOT_READY: Responses = {503: RESPONSES[503]}
