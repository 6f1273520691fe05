"""The rules: who has units, who is protected, what happens next and what has to be announced.

Pure: standard library only, no clock, no files, no I/O. Instants are whole seconds since
1970-01-01T00:00:00Z (``int``); the doors turn them into dates. Intervals are half-open.
"""
