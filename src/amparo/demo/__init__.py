"""The demonstration: one made-up story, played through the real steps with a clock of its own."""

# SPDX-License-Identifier: Apache-2.0
