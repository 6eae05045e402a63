"""The command line: one file per command group, nothing but arguments, calls and printing."""
