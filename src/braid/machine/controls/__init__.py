"""The rules of each kind of node, one file a kind."""
