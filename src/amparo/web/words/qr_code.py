"""An address as a QR code, for pages on paper: whoever holds one opens the page again.

Source: ISO/IEC 18004, by the library segno; level M, of which 15 % may be lost in a fold.
"""

# SPDX-License-Identifier: Apache-2.0

import segno
from markupsafe import Markup


def qr_code(address: str) -> Markup:
    """The code as an image within the page, black on white in every scheme of colours."""
    made = segno.make(address, error="m", micro=False, boost_error=False)
    return Markup(made.svg_inline(scale=3, dark="#000", light="#fff"))  # noqa: S704 - of a library
