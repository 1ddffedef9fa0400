"""A layout: its fields, and their parts, which a decoder validates one by one.

`_layout.LAYOUT` is the layout of RCKP, and `_next_layout.LAYOUT` the draft layout. The scanner and
all code that shows files depend only on a layout and the part roles below.
"""

from __future__ import annotations

from typing import NamedTuple

MAGIC = "magic"
INTEGER = "integer"
FLOAT = "float"  # only in the layouts of April 2026
LENGTH = "length"
CONTENT = "content"  # of a string
RAW = "bytes"  # content that is any bytes; `values` has its permitted first bytes, if not all are
FLAG = "flag"
STATUS = "status"
END = "end"


class Part(NamedTuple):
    """The smallest unit of a file that is validated (spec: Terms, *part*)."""

    role: str
    size: int  # in bytes; 0 for content and bytes, whose size is the declared length
    values: tuple[bytes | str | bool, ...] = ()  # magic, bytes: the bytes; flag, status: by byte


class Field(NamedTuple):
    """A numbered row of the record layout."""

    number: int
    name: str
    type: str
    parts: tuple[Part, ...]
    meaning: str


class Layout(NamedTuple):
    """A whole layout, from the magic number to the end of the file."""

    name: str
    fields: tuple[Field, ...]

    @property
    def record_fields(self) -> tuple[Field, ...]:
        """The fields that carry a value: all but the magic number and the end."""
        return tuple(f for f in self.fields if f.parts[0].role not in (MAGIC, END))

    def after(self, name: str) -> Layout:
        """Return the fields that follow a field. Raise `ValueError` for an unknown name."""
        names = [field.name for field in self.fields]
        return self._replace(fields=self.fields[names.index(name) + 1 :])

    def fixed_offset(self, name: str) -> int:
        """Return the offset of a field. Raise `ValueError` if it differs from file to file."""
        at = 0
        for field in self.fields:
            for part in field.parts:
                if field.name == name and part.role != LENGTH:
                    return at
                if part.role in (CONTENT, RAW, FLAG):
                    raise ValueError(f"the place of {name} differs from file to file")
                at += part.size
        raise ValueError(f"no field {name}")
