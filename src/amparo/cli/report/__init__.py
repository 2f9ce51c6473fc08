"""`amparo report`: the harmonised transparency report, one file per command."""

# SPDX-License-Identifier: Apache-2.0
