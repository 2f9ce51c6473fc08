"""The command line: one file per command, which asks the rooms below and shows the answer."""
