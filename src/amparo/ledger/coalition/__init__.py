"""Charters, resolutions, the inbox of signed documents, the monitor, and a witness's state."""

# SPDX-License-Identifier: Apache-2.0
