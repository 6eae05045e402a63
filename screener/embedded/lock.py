"""Write kafka-jars.lock anew: for a developer who moves to another Kafka version. Needs network; `python -m screener.embedded.lock > FILE`.

Change KAFKA below, run it, write the output over `screener/embedded/kafka-jars.lock`, and let the tests in tests/broker judge it.
"""

import hashlib
import sys
import tempfile
from pathlib import Path

from jgo.maven import MavenContext

KAFKA = "org.apache.kafka:kafka_2.13:4.4.0"
"""The ONE input: two in one resolve pulled kafka-clients down to 3.9.1 (NoSuchMethodError at run time)."""

LOG_BINDING = ("org.apache.logging.log4j", "log4j-slf4j-impl", "2.25.5")
"""Not a dependency of Kafka's jar, but without it slf4j says nothing; the version is that of Kafka's own log4j-core."""

SCOPES = ("compile", "runtime")


def lock_text(repository: Path) -> str:
    """Resolve KAFKA into `repository` and return the lock's text: a header, then `group:name:version sha256` in class path order."""
    context = MavenContext(repo_cache=repository)
    inputs, transitive = context.resolver.resolve([context.create_dependency(KAFKA)])
    artifacts = [dependency.artifact for dependency in [*inputs, *(found for found in transitive if found.scope in SCOPES)]]
    group, name, version = LOG_BINDING
    artifacts.append(context.project(group, name).at_version(version).artifact())
    lines = [
        f"# The jars of {KAFKA} with its log binding: coordinates and sha256, in class path order.",
        "# Written by python -m screener.embedded.lock; do not edit by hand.",
    ]
    for artifact in artifacts:
        if artifact.packaging != "jar" or artifact.classifier:
            raise SystemExit(f"{artifact} is not a plain jar; teach screener/embedded/jars.py its kind first.")
        digest = hashlib.sha256(artifact.resolve().read_bytes()).hexdigest()
        lines.append(f"{artifact.groupId}:{artifact.artifactId}:{artifact.version} {digest}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.write(lock_text(Path(folder)))
