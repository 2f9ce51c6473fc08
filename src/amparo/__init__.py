"""Reasons, a receipt and a place in a public record for every moderation decision."""

# SPDX-License-Identifier: Apache-2.0

__version__ = "0.1.0"
