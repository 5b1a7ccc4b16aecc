"""Apache Velocity 1.7 from Python. API Gateway's mapping templates behave like it."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jpype

JARS = [
    Path("/usr/share/java", f"{name}.jar")
    for name in ("velocity", "commons-collections3", "commons-lang")
]
# The machine runs for seconds, in which neither the second compiler nor threads for garbage pay.
QUICK_START = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
HOW_TO_GET_IT = (
    "Apache Velocity is not there; on Debian: apt-get install default-jdk-headless velocity"
)


def is_there() -> bool:
    return bool(shutil.which("javac")) and all(jar.exists() for jar in JARS)


class ApacheVelocity:
    """Renders mapping templates, in a Java virtual machine of this process.

    Args:
        classes: A folder for the compiled bridge.
    """

    def __init__(self, classes: Path) -> None:
        classpath = [*map(str, JARS), str(classes)]
        source = Path(__file__).with_name("ApiGateway.java")
        subprocess.run(["javac", "-cp", ":".join(classpath), "-d", classes, source], check=True)
        jpype.startJVM(*QUICK_START, classpath=classpath, convertStrings=True)
        self._gateway = jpype.JClass("ApiGateway")()

    def render(
        self,
        template: str,
        querystring: Mapping[str, str] | None = None,
        document: Any = None,
        context: dict[str, Any] | None = None,
    ) -> str:
        """Render `template`, whose overrides are put into `context`."""
        java_context = _java(context or {})
        rendered = self._gateway.render(
            template, _java(querystring or {}), _java(document), java_context
        )
        if context is not None:
            context.update(_python(java_context))
        return str(rendered)


def _java(value: Any) -> Any:
    if isinstance(value, list):
        return jpype.JClass("java.util.ArrayList")([_java(item) for item in value])
    if not isinstance(value, Mapping):
        return value
    java_map = jpype.JClass("java.util.HashMap")()
    for name, item in value.items():
        java_map.put(name, _java(item))
    return java_map


def _python(value: Any) -> Any:
    if isinstance(value, jpype.JClass("java.util.Map")):
        return {str(entry.getKey()): _python(entry.getValue()) for entry in value.entrySet()}
    return int(value) if isinstance(value, jpype.JClass("java.lang.Number")) else str(value)
