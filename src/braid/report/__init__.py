"""What happened and what is going on, for people: trees, tables, summaries. Pure; drawing is the command line's."""
