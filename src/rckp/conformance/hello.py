"""The response to hello, in which an adapter describes its implementation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from rckp.conformance.adapter_errors import AdapterError
from rckp.conformance.checks import CLASSES, DRAFT_CLASSES
from rckp.conformance.shape import quote
from rckp.conformance.stored_response import clean_text

LONGEST_NAME = 200  # characters of the name, version and language


class Hello(NamedTuple):
    """The response to hello: the implementation and the classes that it claims."""

    name: str
    version: str
    language: str
    classes: tuple[str, ...]


def parse_hello(response: Mapping[str, Any]) -> Hello:
    """Return the checked response to hello. Raises `AdapterError`."""
    if response.get("type") != "hello":
        raise AdapterError(
            f"the response to hello has the type {quote(response.get('type'))}, not hello."
        )
    texts = [response.get(name) for name in ("name", "version", "language")]
    for name, value in zip(("name", "version", "language"), texts, strict=True):
        if not isinstance(value, str) or (name == "name" and not value):
            raise AdapterError(f"the response to hello has no {name!r}, which must be a string.")
        if len(value) > LONGEST_NAME:
            raise AdapterError(
                f"the response to hello has a {name!r} of more than {LONGEST_NAME} characters."
            )
    classes = response.get("classes")
    if not isinstance(classes, list) or not classes:
        raise AdapterError(
            "the response to hello has no 'classes', which must be a non-empty list."
        )
    every = (*CLASSES, *DRAFT_CLASSES)
    for class_ in classes:
        if not isinstance(class_, str) or class_ not in every:
            known = ", ".join(every)
            raise AdapterError(
                f"the response to hello claims the class {quote(class_)}; the classes are {known}."
            )
    name, version, language = (clean_text(str(value)) for value in texts)
    return Hello(name, version, language, tuple(each for each in every if each in classes))
