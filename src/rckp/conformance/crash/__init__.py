"""Crash tests: every system call of a request is made to fail, or is the last one.

`tracer_process` runs beside the adapter, `runner` runs the scenarios, `oracle` compares what is left with
what the specification allows, and `order` reads the steps of a write from the calls.
"""
