"""In what ways the standard library says that an archive is broken.

`zipfile` has no error of its own for most of it: what the methods of packing, the structures and
the file beneath raise comes through. Whoever reads a stranger's archive catches all of these.
"""

# SPDX-License-Identifier: Apache-2.0

import lzma
import struct
import zipfile
import zlib

BROKEN = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, OSError, EOFError),
    *(NotImplementedError, RuntimeError, ValueError),
)
"""A bare `RuntimeError` says that a part is encrypted, `NotImplementedError` an unknown method."""
