"""Small servers on loopback, so that the examples run without a network."""
