"""Parses the bodies of ``:predict`` row by row, so that memory depends on the limits and not on the body's content.

Format: https://www.tensorflow.org/tfx/serving/api_rest. Reasons: docs/decisions/044-predict-bodies.md.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fizzog_core.errors import RequestError
from fizzog_core.networks.model_card import tensor_names
from fizzog_core.networks.predictor import Predictor
from fizzog_core.service.tf_serving import SIGNATURE

NUMBER_BYTES = 64
"""Most bytes of one number in JSON, with brackets, comma and the spaces of indented JSON."""
OTHER_BYTES = 1000
"""Most bytes of a value that is not a row, and of the brackets around a row."""

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


class PredictRequest(NamedTuple):
    """``rows`` ``(N, ...)`` float32; ``by_row``: the request used ``instances``, else ``inputs``."""

    rows: NDArray[np.float32]
    by_row: bool


def largest_row_bytes(network: Predictor) -> int:
    """Largest size in bytes of one row in a body."""
    return math.prod(network.row_shape) * NUMBER_BYTES + OTHER_BYTES


def largest_body_bytes(network: Predictor, most_rows: int) -> int:
    """Largest size in bytes of a body with ``most_rows`` rows."""
    return most_rows * largest_row_bytes(network) + 10 * OTHER_BYTES


def parse(body: bytes, network: Predictor, most_rows: int) -> PredictRequest:
    """The rows of a ``:predict`` request's body. Raises RequestError, 400 or (too many rows) 413."""
    try:
        text = _Json(body.decode())
    except UnicodeDecodeError as error:
        raise RequestError(400, f"JSON Parse error: not UTF-8: {error.reason} at byte {error.start}") from None
    if text.next_sign() != "{":
        raise RequestError(400, "JSON Parse error: no value" if not text.next_sign() else "JSON Value: Is not object")
    found: list[PredictRequest] = []
    for key in text.object_keys():
        if key in ("instances", "inputs"):
            if found:
                raise RequestError(400, "Expected one of the keys 'instances' (row format) and 'inputs', got both.")
            found.append(PredictRequest(_Rows(text, network, most_rows).read(key), key == "instances"))
            continue
        value = text.value(OTHER_BYTES)
        if key == "signature_name" and value not in (SIGNATURE, "", None):
            raise RequestError(400, f'Serving signature name: "{value}" not found in signature def')
    text.end()
    if not found:
        raise RequestError(400, "Expected one of the keys 'instances' (row format) and 'inputs', got neither.")
    return found[0]


class _Json:
    """A JSON text that is read value by value. Every method raises RequestError 400 for a syntax error."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def next_sign(self) -> str:
        """The next character after white space, which stays unread; empty at the end."""
        space = _SPACE.match(self._text, self._at)
        assert space is not None
        self._at = space.end()
        return self._text[self._at : self._at + 1]

    def take(self, sign: str) -> None:
        """Reads one character, which must be ``sign``."""
        if self.next_sign() != sign:
            raise RequestError(400, f"JSON Parse error: expected {sign} at character {self._at}")
        self._at += 1

    def value(self, most: int) -> Any:
        """Reads a value of at most ``most`` characters into Python objects."""
        self.next_sign()
        part = self._text[self._at : self._at + most]
        try:
            value, length = _DECODER.raw_decode(part)
        except (ValueError, RecursionError) as error:
            place = self._at + getattr(error, "pos", 0)
            limit = f", or more than the {most} characters of a value there" if len(part) == most else ""
            reason = getattr(error, "msg", "too deep" if isinstance(error, RecursionError) else "too many digits")
            raise RequestError(400, f"JSON Parse error: {reason} at character {place}{limit}") from None
        self._at += length
        return value

    def object_keys(self) -> Iterator[str]:
        """Reads an object: yields each key; the caller reads its value before the next one."""
        for _ in self._members("{", "}"):
            if self.next_sign() != '"':
                raise RequestError(400, f"JSON Parse error: expected a key in quotes at character {self._at}")
            key = self.value(OTHER_BYTES)
            self.take(":")
            yield key

    def array_items(self) -> Iterator[int]:
        """Reads an array: yields the number of each item, from 0; the caller reads the item before the next one."""
        return self._members("[", "]")

    def end(self) -> None:
        """Checks that nothing but white space follows."""
        if self.next_sign():
            raise RequestError(400, f"JSON Parse error: text after the end of the object at character {self._at}")

    def _members(self, opening: str, closing: str) -> Iterator[int]:
        self.take(opening)
        if self.next_sign() != closing:
            yield 0
            for number in itertools.count(1):
                if self.next_sign() != ",":
                    break
                self.take(",")
                yield number
        self.take(closing)


class _Rows:
    """Reads the rows of one request."""

    def __init__(self, text: _Json, network: Predictor, most_rows: int) -> None:
        self._text, self._shape, self._most_rows = text, network.row_shape, most_rows
        self._row_bytes = largest_row_bytes(network)
        self._name = tensor_names(network.card)[0]
        self._expected = "x".join(("N", *map(str, network.row_shape)))

    def read(self, key: str) -> NDArray[np.float32]:
        """The rows ``(N, ...)`` of the value of ``key``, ``instances`` or ``inputs``; N > 0."""
        if key == "inputs" and self._text.next_sign() == "{":
            rows = None
            for name in self._text.object_keys():
                if name != self._name or rows is not None:
                    raise RequestError(400, f"The 'inputs' object needs one key: {self._name}, got {name}")
                rows = self._array(key)
            if rows is None:
                raise RequestError(400, f"The 'inputs' object needs one key: {self._name}, got none")
            return rows
        return self._array(key)

    def _array(self, key: str) -> NDArray[np.float32]:
        if self._text.next_sign() != "[":
            raise RequestError(400, f"Expecting '{key}' to be a list/array of shape {self._expected}")
        rows: list[NDArray[np.float32]] = []
        in_objects = False
        for number in self._text.array_items():
            if number == self._most_rows:
                raise RequestError(413, f"Expecting at most {number} rows in a request but got more. Send several.")
            row = self._text.value(self._row_bytes)
            if not number:
                in_objects = key == "instances" and isinstance(row, dict)
            if in_objects:
                row = self._unwrap(row)
            rows.append(self._numbers(row, number))
        if not rows:
            raise RequestError(400, f"No values in '{key}' array. Expecting shape {self._expected}")
        return np.stack(rows)

    def _unwrap(self, row: Any) -> Any:
        if not isinstance(row, dict) or set(row) != {self._name}:
            raise RequestError(400, f"Every object of the 'instances' list needs one key: {self._name}")
        return row[self._name]

    def _numbers(self, row: Any, number: int) -> NDArray[np.float32]:
        parts = [row]
        for length in self._shape:
            if {*map(type, parts)} != {list} or {*map(len, parts)} != {length}:
                raise RequestError(400, f"Expecting shape {self._expected} but row {number} is {_shape_text(row)}")
            parts = list(itertools.chain.from_iterable(parts))
        if not {*map(type, parts)} <= {int, float}:
            raise RequestError(400, f"Expecting numbers of shape {self._expected}, got something else in row {number}")
        try:
            with np.errstate(over="ignore"):
                numbers = np.array(parts, np.float32).reshape(self._shape)
        except OverflowError:  # an integer beyond float64
            numbers = np.array(np.inf)
        if not np.isfinite(numbers).all():
            raise RequestError(
                400, f"Expecting finite float32 numbers, got NaN, Infinity or one that is too large in row {number}"
            )
        return numbers


def _shape_text(row: Any) -> str:
    """A row in words: the lengths of its lists, taken from the first list of each level."""
    lengths = []
    while isinstance(row, list):
        lengths.append(str(len(row)))
        row = row[0] if row else None
    return f"{'x'.join(lengths)} or has lists of unlike lengths" if lengths else "no list"
