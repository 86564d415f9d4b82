from __future__ import annotations

import inspect

import pytest

from fizzog_core import errors


@pytest.mark.parametrize(("name", "kind"), inspect.getmembers(errors, inspect.isclass))
def test_every_error_is_a_fizzog_error_with_a_docstring(name: str, kind: type) -> None:
    assert issubclass(kind, errors.FizzogError)
    assert name.endswith("Error")
    assert kind.__doc__
