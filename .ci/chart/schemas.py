"""Write JSON schemas for kubeconform: `schemas.py FOLDER`, with the Python that has kubernetes-validate.

Kubernetes' own come with that package, for the versions listed in `kubernetes` next to this file. Those of the Gateway
API and of operators are made from the definitions in their Go modules, which are listed in `definitions`.
"""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

_HERE = Path(__file__).parent
Schema = dict[str, Any]


def kubernetes(version: str, folder: Path) -> None:
    """Write the package's strict schemas of one version, which refer to each other in the folder instead of by URL."""
    package = find_spec("kubernetes_validate")
    if package is None or package.origin is None:
        sys.exit("kubernetes-validate is not installed beside this Python.")
    place = folder / f"v{version}"
    place.mkdir(parents=True, exist_ok=True)
    for file in (Path(package.origin).parent / "kubernetes-json-schema" / f"v{version}-local-strict").glob("*.json"):
        schema = json.loads(file.read_text().replace('"/api/_definitions.json', '"_definitions.json'))
        schema.pop("$id", None)
        (place / file.name).write_text(json.dumps(schema))
    if not any(place.iterdir()):
        sys.exit(f"kubernetes-validate has no schemas of Kubernetes {version}.")


def strict(schema: Schema) -> Schema:
    """The schema, made to refuse fields that it does not name; the API server would drop them silently."""
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["string", "integer"]}
    new = dict(schema)
    if "properties" in schema:
        new["properties"] = {name: strict(part) for name, part in schema["properties"].items()}
        if not schema.get("x-kubernetes-preserve-unknown-fields"):
            new.setdefault("additionalProperties", False)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            new[key] = strict(schema[key])
    # `allOf` and the like add conditions to fields that are named next to them.
    return new


def definition(module: str, file: str, folder: Path) -> None:
    """Write the schemas of a CustomResourceDefinition in a file of a Go module, one for each version."""
    answer = subprocess.run(["go", "mod", "download", "-json", module], capture_output=True, text=True, check=False)
    download = json.loads(answer.stdout)
    if answer.returncode:
        sys.exit(f"{module} could not be downloaded: {download.get('Error') or answer.stderr}")
    spec = yaml.load((Path(download["Dir"]) / file).read_text(), yaml.CSafeLoader)["spec"]
    place = folder / spec["group"]
    place.mkdir(parents=True, exist_ok=True)
    for version in spec["versions"]:
        schema = strict(version["schema"]["openAPIV3Schema"])
        # Definitions leave the contents of `metadata` to the API server.
        schema["properties"]["metadata"] = {"type": "object"}
        (place / f"{spec['names']['kind'].lower()}_{version['name']}.json").write_text(json.dumps(schema))


def main(folder: Path) -> None:
    """Write everything that is needed afterwards without a network."""
    for version in (_HERE / "kubernetes").read_text().split():
        kubernetes(version, folder)
    for line in (_HERE / "definitions").read_text().splitlines():
        definition(*line.split(), folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
