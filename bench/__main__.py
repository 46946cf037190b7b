"""`make bench`: measure everything once, print it, write bench/results/latest.md."""

import os
import sys
import tempfile
import time
from pathlib import Path

from bench import (
    answers,
    calls,
    clinics,
    fhir,
    ground,
    questions,
    report,
    requests,
    servers,
    starts,
    web,
)
from bench.processors import resident
from bench.servers import MEMORY, ORM, OURS
from services.settings import PROJECT

RESULTS = PROJECT / "bench" / "results" / "latest.md"
DATA = PROJECT / ".data"


def main() -> None:
    """Everything; with `web` or `tools` the pages or the large clinic alone, only printed."""
    if sys.argv[1:] == ["web"]:
        with starts.twice(DATA) as (_, second):
            sys.stdout.write("\n".join(web.report(web.measure(second.origin))) + "\n")
        return
    if sys.argv[1:] == ["tools"]:
        with ground.running(DATA) as base:
            furnished = answers.furnish(base, os.urandom(32))
            sys.stdout.write("\n".join(questions.report(base, furnished)) + "\n")
        return
    began = time.monotonic()
    master_key = os.urandom(32)
    with tempfile.TemporaryDirectory() as folder:
        _say("starting PostgreSQL")
        with ground.running(DATA) as base:
            base.require_durable()
            _say("filling 20 clinics")
            furnished = answers.furnish(base, master_key)
            made = clinics.populate(base.app_url, master_key)
            base.settle()
            with servers.ours(base.app_url, master_key) as ours:
                before = resident(ours.pid)
                payload = requests.payload_of_one(ours.port, made)
                tokens = [token for clinic in made for token in clinic.tokens]
                with servers.stock(Path(folder), base.app_url, tokens, payload) as (memory, orm):
                    _say("calling")
                    running = {OURS: ours, MEMORY: memory, ORM: orm}
                    results = calls.measure(base, made, running)
                after = resident(ours.pid)
                sizes = list(answers.report(base, ours.port, furnished))
                sizes += fhir.report(base, ours.port, furnished)
            _say("growing a clinic to 10,000 patients")
            asked = list(questions.report(base, furnished))
    _say("starting moonshot up, twice")
    with starts.twice(DATA) as (first, second):
        _say("loading pages")
        loads = web.measure(second.origin)
    more = [
        _starts(first, second),
        f"- Memory of our server: {before >> 20} MiB at first, {after >> 20} MiB at the end.",
        *sizes,
        *asked,
        *web.report(loads),
    ]
    text = report.written(results, more)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(text + "\n")
    sys.stdout.write(f"\n{text}\n")
    _say(f"done after {time.monotonic() - began:.0f} s; written to {RESULTS}")


def _starts(first: starts.Started, second: starts.Started) -> str:
    return (
        f"- `moonshot up` is ready after {first.ready:.1f} s the first time, {second.ready:.1f} s "
        f"the second; the landing page is there after {second.first_page:.1f} s."
    )


def _say(what: str) -> None:
    sys.stderr.write(f"bench: {what}\n")


if __name__ == "__main__":
    main()
