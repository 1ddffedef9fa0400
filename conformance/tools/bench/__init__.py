"""How fast rckp is, how much memory it takes, and how soon it starts.

`python -m conformance.tools.bench` measures everything in one run, a few minutes, and prints one
table. Times are ratios of things that were measured in turn, never of two runs: on a
machine that does other work as well, that alone means anything.

- `spread`: measuring in turn, medians and quartiles.
- `rows`: a row of the table, its target, and the document for machines.
- `records`, `files`: the records and files that are worked on.
- `peers`: what rckp is compared with. A new one is one entry.
- `codec_work`, `memory_work`, `command_work`, `size_work`: what is measured. A new work
  item is one entry in one of their tables.
- `store_listing`, `store_calls`, `store_purging`, `store_save`: the same for stores; `store_work`
  and `store_trees` are the stores, `store_peers` (and `walk.c`) what they are compared with.
- `installed`: a copy of rckp with its byte code, and processes measured from outside.
- `machine`: on what.
"""
