"""Compiles every template of the product, with all that each one extends and includes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import django
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template

TEMPLATES = Path(__file__).resolve().parents[1] / "src" / "tenure" / "portal" / "templates"


def main() -> int:
    """Compile them; print each that fails. Gives the exit status."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tenure.settings")
    django.setup()
    names = sorted(
        path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*") if path.is_file()
    )
    failed = 0
    for name in names:
        try:
            template = get_template(name).template  # type: ignore[attr-defined]  # Django's own
            for node in template.nodelist.get_nodes_by_type(object):  # reaches every branch
                parent = getattr(node, "parent_name", None) or getattr(node, "template", None)
                wanted = getattr(parent, "var", None)
                if isinstance(wanted, str):
                    get_template(wanted)
        except (TemplateSyntaxError, TemplateDoesNotExist) as error:
            print(f"{name}: {error}", file=sys.stderr)
            failed += 1
    if not names:
        print(f"There is no template in {TEMPLATES}.", file=sys.stderr)
        return 1
    if not failed:
        print(f"{len(names)} templates compile.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
