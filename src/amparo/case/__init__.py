"""Due process, one pure step a file: values in, events out."""
