"""What ``tests/torture.py`` does to gtzan: one kind of hardship per file.

A kind is a module with these names:

- ``cases(world)``: a name for each try; the same world gives the same names.
- ``attempt(world, case, folder)``: one try in an empty folder of its own. Returns when gtzan has kept its promises,
  raises a :class:`~torture_kinds.faults.Fault` when it has not, and draws every random choice from
  ``world.rng(kind, case)``, so that one case can be repeated alone.
- ``SECONDS``: after which a try counts as hung.
- ``prepare(world)``: if there, what each process does before its first try, such as slow imports.
- ``WORKERS``: how many tries may run at the same time, where that is not two.
"""
