"""`amparo report`: the harmonised transparency report, one file a command."""

# SPDX-License-Identifier: Apache-2.0
