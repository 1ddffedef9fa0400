"""Mutants of two independent implementations: each mistake is noticed by a named check.

`python -m conformance.tools.implementation_mutation` builds each mutant, runs the check, and renews
the table of docs/adequacy.md. The mistakes are in `mistakes`, the changed text in `c` and `go`.
"""
