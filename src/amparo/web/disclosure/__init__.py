"""The server of sealed disclosure, apart from the node's."""

# SPDX-License-Identifier: Apache-2.0
