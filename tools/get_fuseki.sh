#!/bin/sh
# Fetch the Apache Jena Fuseki server, a second SPARQL engine for the tests, with Maven into the user's cache. Needs Java 17 and mvn.
# The tests find it there; KG_FUSEKI_JAR names another file. Without it they run against the other engines and say so at their end.
set -eu
version="${1:-5.3.0}"
folder="${XDG_CACHE_HOME:-$HOME/.cache}/terminology-kg/fuseki"
mkdir -p "$folder"
mvn --batch-mode --quiet dependency:copy "-Dartifact=org.apache.jena:jena-fuseki-server:$version:jar" "-DoutputDirectory=$folder"
ls "$folder"/jena-fuseki-server-"$version".jar
