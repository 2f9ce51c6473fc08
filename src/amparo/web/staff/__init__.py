"""Pages behind a sign-in: reviewers, leads, panels, their passkeys and sessions."""

# SPDX-License-Identifier: Apache-2.0
