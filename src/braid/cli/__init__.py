"""The command `braid`: one file a command, loaded when it is used."""
