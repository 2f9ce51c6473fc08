"""What people read: catalogues, templates; decisions, letters and histories in words."""

# SPDX-License-Identifier: Apache-2.0
