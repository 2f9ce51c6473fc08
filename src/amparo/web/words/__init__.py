"""What people read: languages, templates, and decisions, letters and histories in words."""

# SPDX-License-Identifier: Apache-2.0
