"""The benchmarks of rckp: speed, memory and start-up time.

`python -m conformance.tools.bench` measures everything in one run of a few minutes, and prints one
table. Times are compared only within a run, as ratios of subjects that were measured in turn. On a
machine that does other work, figures of different runs are not comparable.

- `spread`: measuring in turn, medians and quartiles.
- `rows`: a row of the table, its target, and the document for machines.
- `records`, `files`: the records and files of the benchmarks.
- `peers`: the encoders that rckp is compared with, an entry each.
- `codec_work`, `memory_work`, `command_work`, `size_work`: the work items, an entry
  each in one of their tables.
- `store_listing`, `store_calls`, `store_purging`, `store_save`: the same for stores. `store_work`
  and `store_trees` have the stores, `store_peers` and `walk.c` the programs compared with.
- `installed`: a copy of rckp with its byte code, and processes measured from outside.
- `fast_work`: the compiled module. Everything else measures the code in Python.
- `machine`: the description of the machine.
"""

import os

PURE_PYTHON = "RCKP_PURE_PYTHON"

os.environ[PURE_PYTHON] = "1"  # before rckp is imported
