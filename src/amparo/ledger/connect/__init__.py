"""Connectors at work: what a platform runs already is read, asked about, and put on the record."""
