"""`spec/rckp.mime.xml` and `spec/rckp.fido.xml`: what recognises a checkpoint by its first bytes.

Neither names the extension `.ckpt`. Checkpoints of PyTorch and of TensorFlow have it too, and both
the desktop and FIDO would call those RCKP without a look at their content.
"""

from __future__ import annotations

from rckp.derive.banner import NOTICE
from rckp.derive.magic import MIME_TYPE
from rckp.format import layout as roles
from rckp.format.layout import Layout

PUID = "rckp-fmt/1"  # not registered with PRONOM


def mime(layout: Layout) -> str:
    """Return the type for the shared MIME database of freedesktop.org."""
    return f"""\
<?xml version="1.0" encoding="UTF-8"?>
<!-- {NOTICE}
     CC0-1.0: copy it into your own project as you like. -->
<mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info">
  <mime-type type="{MIME_TYPE}">
    <comment>{layout.name} checkpoint</comment>
    <magic priority="50">
      <match type="string" offset="0" value="{_magic(layout)}"/>
    </magic>
  </mime-type>
</mime-info>
"""


def fido(layout: Layout) -> str:
    """Return the signature for FIDO, in its form of PRONOM's."""
    return f"""\
<?xml version="1.0" encoding="UTF-8"?>
<!-- {NOTICE}
     CC0-1.0: copy it into your own project as you like. -->
<formats version="0.3">
  <format>
    <puid>{PUID}</puid>
    <mime>{MIME_TYPE}</mime>
    <name>{layout.name} checkpoint</name>
    <signature>
      <name>{layout.name} checkpoint</name>
      <pattern>
        <position>BOF</position>
        <regex>(?s)\\A{_magic(layout)}</regex>
      </pattern>
    </signature>
  </format>
</formats>
"""


def _magic(layout: Layout) -> str:
    """The magic number, which both forms need as text."""
    part = layout.fields[0].parts[0]
    text = b"".join(each for each in part.values if isinstance(each, bytes)).decode("ascii")
    if part.role != roles.MAGIC or not text.isalnum():
        raise TypeError("this entry is for a magic number of letters and digits")
    return text
