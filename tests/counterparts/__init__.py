"""Software made by others that the tests talk to, installed when it is first needed."""
