"""How Dagster sees the synchronisation: assets, partitions, steps, checks, jobs and the nightly schedule.

Each step is one call of `operations`, each event holds ids, codes and counts only. With `definitions`, the only room that imports
Dagster; may import everything of ours but `cli` and `sandbox`.
"""
