"""Foreign formats of a decision, one file for each: a payload comes in, a submission goes out."""
