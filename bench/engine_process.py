"""An engine in a process of its own that sees to what is due at an instant, and says what it took.

``python -m bench.engine_process INSTANT`` prints one JSON object.
"""

from __future__ import annotations

import json
import resource
import sys


def main() -> None:
    """Run until nothing is due, with a relay that takes everything."""
    import django

    django.setup()
    from bench.cast import Taker
    from tenure.clock import SetClock
    from tenure.engine.loop import Engine
    from tenure.store.models import Notice

    at = int(sys.argv[1])
    Engine(SetClock(at), Taker()).run_until_idle()
    told = Notice.objects.filter(at=at).values("company_id").distinct().count()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"companies": told, "peak_mib": peak}))


main()
