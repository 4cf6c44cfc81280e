"""A QR code as an image inside the page: paths alone, so that the policy of the page allows it."""

from __future__ import annotations

import segno
from markupsafe import Markup


def qr(text: str) -> Markup:
    """Black on white in either theme, with the quiet zone that cameras need."""
    made = segno.make(text, error="m", micro=False)
    return Markup(made.svg_inline(scale=4, border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None))  # noqa: S704  # made of numbers alone
