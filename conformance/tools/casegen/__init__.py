"""Make and check the cases in fixtures/. The JSON files are the source.

    python -m conformance.tools.casegen                    write new cases, check all
    python -m conformance.tools.casegen new ID --like ID   copy a case, to edit it
    python -m conformance.tools.casegen verify             check all cases, and write nothing

The families in `reader` and `writer` compute the cases of one kind that differ in a field or a
byte. All other cases are only JSON. A published case keeps its id, bytes and expectations; a
changed expectation is a new case.
"""
