#!/usr/bin/env python3
"""The documentation is true: the quick start runs word for word, links lead somewhere, configurations in it are good."""
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.parts import ROOT, rapport_binary  # noqa: E402
from support.server import Rapport  # noqa: E402


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / "docs" / page).read_text(), re.M | re.S)


def run_quick_start():
    with Rapport() as rapport:
        folder = rapport.folder / "shop"
        programs = rapport.folder / "bin"
        folder.mkdir()
        programs.mkdir()
        (programs / "rapport").symlink_to(pathlib.Path(rapport_binary()).resolve())
        environment = os.environ | {"RAPPORT": rapport.url, "CONFIG": str(rapport.config), "PATH": f"{programs}:{os.environ['PATH']}"}
        steps = blocks("integrators/quick-start.md", "sh")
        assert len(steps) >= 8, "the quick start has lost its blocks"
        script = "set -euo pipefail\n" + "".join(f"echo '-- block {i + 1}'\n{step}" for i, step in enumerate(steps))
        ran = subprocess.run(["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
        assert ran.returncode == 0, f"the quick start does not run:\n{ran.stdout[-2000:]}\n{ran.stderr[-2000:]}"
        items = rapport.get("/v1/deliveries")["items"]
        assert len(items) == 4, [item["subject"] for item in items]


def check_links():
    pages = list((ROOT / "docs").rglob("*.md")) + [ROOT / "README.md"]
    listed = (ROOT / "docs/README.md").read_text()
    for page in pages:
        text = re.sub(r"^```.*?^```$|`[^`\n]+`", "", page.read_text(), flags=re.M | re.S)
        for target in re.findall(r"\]\(([^)#\s]+)", text):
            assert "://" in target or (page.parent / target).exists(), f"{page.relative_to(ROOT)} leads to {target}, which is not there"
        name = str(page.relative_to(ROOT / "docs")) if page.is_relative_to(ROOT / "docs") else "README.md"
        assert name == "README.md" or name.startswith("decisions/") or f"({name})" in listed, f"docs/README.md does not list {name}"


def check_configurations():
    """Examples are parts of one file; what they name must exist to be checked, so that files are put in their place."""
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for number, example in enumerate(blocks(page.relative_to(ROOT / "docs"), "toml")):
            file = pathlib.Path(os.environ.get("TMPDIR", "/tmp")) / f"rapport-docs-{os.getpid()}.toml"
            try:
                file.write_text(re.sub(r'"/etc/rapport/[^"]+"', f'"{file}"', example))
                checked = subprocess.run([rapport_binary(), "config", "--check", "--config", file], capture_output=True, text=True)
                assert checked.returncode == 0, f"{page.relative_to(ROOT)}, example {number + 1}: {checked.stderr}"
            finally:
                file.unlink(missing_ok=True)


check_links()
check_configurations()
run_quick_start()
print("  documentation: good")
