"""Processes that serve: front ends, their supervisor, log lines, metrics."""

# SPDX-License-Identifier: Apache-2.0
