"""The door for the command line: one file a subject; it asks the rooms below, and shows."""
