"""Statements into the log and out again: intake, publishing, receipts, checks, witnesses asked."""

# SPDX-License-Identifier: Apache-2.0
