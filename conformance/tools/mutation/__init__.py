"""Mutation testing of the suite: each mutant changes one rule of the reference.

At least one case must fail with each mutant. `python -m conformance.tools.mutation` runs all
mutants and writes the kill table and docs/adequacy.md. The modules decoding, utf8, encoding,
naming, storing, writing and selecting contain the mutants.
"""
