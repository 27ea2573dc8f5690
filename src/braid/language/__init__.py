"""From the text of a file to a plan: document, syntax tree, checks, plan."""
