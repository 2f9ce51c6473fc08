"""Onward to the EU's database: a platform's statements, from the journal, each of them once."""

# SPDX-License-Identifier: Apache-2.0
