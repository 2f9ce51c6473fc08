"""Signed documents of the members: charter, resolutions, roster, and draws nobody can steer."""
