"""The program that HermiT runs in: a process of its own, so that a limit of time ends the reasoner and what it started.

Started by `kg.owl.hermit` as `python -m kg.owl.realising JOB`, where JOB is a folder with `ontology.nt` and `job.json`;
it leaves `answer.json` there. owlready2 keeps its settings in globals and its world in a database: here both are this
process's own.
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

_THING = "http://www.w3.org/2002/07/owl#Thing"


def main(folder: Path) -> None:
    """Run one job and write its answer."""
    import owlready2
    import owlready2.reasoning

    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    _limit_processor(job["processor_seconds"])
    owlready2.JAVA_EXE = job["java"]
    owlready2.reasoning.JAVA_MEMORY = job["memory"]
    world = owlready2.World()
    ontology = world.get_ontology("https://kg.invalid/job#")
    content = io.BytesIO((folder / "ontology.nt").read_bytes())
    ontology.load(fileobj=content, format="ntriples", only_local=True)
    answer: dict[str, object]
    try:
        owlready2.sync_reasoner_hermit(world, debug=0)
        types = {iri: sorted(_types(world[iri])) for iri in job["individuals"]}
        empty = sorted(c.iri for c in world.inconsistent_classes() if c.iri.partition("#")[2] != "Nothing")
        answer = {"consistent": True, "types": types, "empty": empty}
    except owlready2.OwlReadyInconsistentOntologyError:
        answer = {"consistent": False, "types": {}, "empty": []}
    except owlready2.OwlReadyJavaError as error:
        answer = {"failure": str(error)}
    (folder / "answer.json").write_text(json.dumps(answer), encoding="utf-8")


def _limit_processor(seconds: int) -> None:
    """Bound the processor time of this process and of Java: who started it may be killed and not stop it any more."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def _types(individual: object) -> set[str]:
    """The named classes of an individual, with those above and equal to them."""
    above = getattr(individual, "INDIRECT_is_a", ())
    return {c.iri for c in above if getattr(c, "iri", None) and c.iri != _THING}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
