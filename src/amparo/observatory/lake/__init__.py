"""Daily counts out of dumps: reading, pieces, ingest, the lake and its engines."""

# SPDX-License-Identifier: Apache-2.0
