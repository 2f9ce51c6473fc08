"""Sealed disclosure: the drop box, who may open what is in it, and locking on the own device."""

# SPDX-License-Identifier: Apache-2.0
