"""Django's own commands, for those who develop Tenure: ``tenure-manage``."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run one of Django's commands."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tenure.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
