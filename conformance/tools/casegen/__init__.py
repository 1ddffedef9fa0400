"""Writes new cases into fixtures/, and never rewrites an old one.

A case is declared here once, as a `Draft`; `python -m conformance.tools.casegen` writes
 those that are not there yet, for a person to review and commit. A draft whose
file exists with other content is reported and left alone: a changed expectation is a
new case with a new id.
"""
