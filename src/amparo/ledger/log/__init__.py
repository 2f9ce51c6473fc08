"""The log: intake of statements, publishing, receipts, checks and audits, asking witnesses."""

# SPDX-License-Identifier: Apache-2.0
