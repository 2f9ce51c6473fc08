"""`python -m amparo` is `amparo`."""

# SPDX-License-Identifier: Apache-2.0

from amparo.cli.main import main

main()
