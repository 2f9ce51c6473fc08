"""Serving without pages: limits, rates, sockets, forms, headers, workers, state of a server."""

# SPDX-License-Identifier: Apache-2.0
