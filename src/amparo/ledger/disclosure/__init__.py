"""The sealed drop box for those who disclose: what comes in, and who may open it."""

# SPDX-License-Identifier: Apache-2.0
