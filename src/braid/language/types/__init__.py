"""Types through a plan: what can be known of each value before a run, and what certainly goes wrong with it.

`lattice` has the types, `json_schema` reads schemas, `typed_plan` and `outputs` give each step's output its type,
`paths`, `expressions` and `templates` type expressions with what conditions say (`narrowing`), and `check` tells.
Imported only for files in which something can be checked.
"""
