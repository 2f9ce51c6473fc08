"""Due process: events, steps, deadlines. One pure step per file: values in, events out."""
