"""Serving without pages: limits, rate limits, sockets, forms, headers, workers, server state."""

# SPDX-License-Identifier: Apache-2.0
