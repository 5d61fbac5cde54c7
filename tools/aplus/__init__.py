"""The local platform and its tests: what `./aplus` runs. Standard library only."""
