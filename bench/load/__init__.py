"""A node under load: a generator in a process of its own, and the days it is put through."""
