"""Elements of HTML, SVG and XML by `xml.etree`, which escapes their contents.

Text from elsewhere is also made visible (`display.escape`), since XML has no control characters.
"""

from __future__ import annotations

import base64
import hashlib
from xml.etree import ElementTree as ET

from rckp.display import escape

Content = str | ET.Element | None


def element(tag: str, *content: Content, **attributes: str | int) -> ET.Element:
    """Return an element with this content in this order.

    `class_` and `for_` name the attributes `class` and `for`; elsewhere `_` stands for `-`.
    """
    made = ET.Element(tag)
    for name, value in attributes.items():
        key = name.removesuffix("_").replace("_", "-")
        made.set(key, escape(str(value)))
    append(made, *content)
    return made


def append(parent: ET.Element, *content: Content) -> None:
    """Add texts and elements to the end of an element; None is nothing."""
    for each in content:
        if isinstance(each, ET.Element):
            parent.append(each)
        elif each:
            text = "\n".join(map(escape, each.split("\n")))
            if len(parent):
                parent[-1].tail = (parent[-1].tail or "") + text
            else:
                parent.text = (parent.text or "") + text


def policy(style: str) -> str:
    """Return a content security policy: no script, no style but this one, nothing is fetched."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def html(root: ET.Element) -> str:
    """Return a page of HTML, with its document type."""
    text = ET.tostring(root, encoding="unicode", method="html")
    return "<!DOCTYPE html>\n" + str(text) + "\n"


def xml(root: ET.Element, *, declared: bool) -> str:
    """Return a document of XML in ASCII; `declared` puts a declaration for UTF-8 in front.

    All other characters are references, so that the declaration holds in every encoding of a
    stream that has ASCII in it.
    """
    head = '<?xml version="1.0" encoding="UTF-8"?>\n' if declared else ""
    return head + str(ET.tostring(root, encoding="us-ascii"), "ascii") + "\n"
