"""What the benchmarks share: the release build, a platform of their own, CPU and memory of processes, verdicts.

A `run` puts bench/, tools/ and tests/ on its path and imports from here.
"""
