"""Pages that anyone may open, and a person's own page by its link."""

# SPDX-License-Identifier: Apache-2.0
