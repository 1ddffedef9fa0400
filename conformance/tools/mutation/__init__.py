"""Mutation testing of the suite Each rule of the reference is weakened, and some case must notice.

`python -m conformance.tools.mutation` in this directory's parent runs them all and writes the kill table and
docs/adequacy.md. The mutants stand in decoding, utf8, encoding, naming, storing, writing
and selecting.
"""
