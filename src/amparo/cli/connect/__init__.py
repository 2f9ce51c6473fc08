"""`amparo connect`: what a platform runs already, read into the record."""
