"""Charters, resolutions, the inbox of signed documents, the monitor, a witness service."""

# SPDX-License-Identifier: Apache-2.0
