"""Foreign words for a decision, one foreign system a file: its payload in, a submission out."""
