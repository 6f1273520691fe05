"""Tenure: who is licensed for a cloud service, until when, and what happens next.

Only the version lives here. Everything else has its layer; see the map in README.md.
"""

__version__ = "0.1.0"
