"""Pages that anyone may open, and a person's own case by link."""

# SPDX-License-Identifier: Apache-2.0
