"""The built-in task kinds, one file a kind. Nothing imports them: they are found by their entry points."""
