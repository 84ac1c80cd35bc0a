"""The OpenAPI document tells exactly what is served, and a fuzzer finds nothing else."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.web.served import Client, fill, serving

EXAMPLES = os.environ.get("CANH_API_EXAMPLES", "5")  # of each operation


@pytest.fixture
def url(tmp_path: Path) -> str:
    made = f"sqlite:///{tmp_path / 'record.db'}"
    fill(made)
    return made


async def described(client: Client) -> dict[str, Any]:
    status, document, _ = await client.ask("/api/v1/openapi.json")
    assert status == 200
    return dict(document)


async def test_the_document_names_every_route_with_its_methods_and_no_other(url: str) -> None:
    async with serving(url, Path()) as client:
        document = await described(client)
        for path, told in document["paths"].items():
            real = path.replace("{id}", "p-r").replace("{period}", "2026-10")
            real = real.replace("{outage}", "1").replace("{work}", "1")
            status, _, headers = await client.ask(real, method="OPTIONS", token=None)
            known = {method.upper() for method in told} | {"OPTIONS"}
            known |= {"HEAD"} if "get" in told else set()
            assert (status, set(headers["Allow"].split(", "))) == (204, known)
            status, _, headers = await client.ask(real, method="DELETE")
            assert (status, set(headers["Allow"].split(","))) == (405, known)
        paths = client.paths()
    own = {path for path in paths if path.startswith(("/api/", "/metrics", "/healthz"))}
    assert own == set(document["paths"])


@pytest.mark.timeout(7200)
async def test_a_fuzzer_gets_no_fault_and_no_answer_that_is_not_described(
    url: str, tmp_path: Path
) -> None:
    made: dict[str, Any] = {"report": {"period": {}, "things": []}, "coverage": {}}

    async def command(*words: str) -> tuple[int, bytes, str]:
        return 0, json.dumps(made[words[0]]).encode(), ""

    (tmp_path / "schemathesis.toml").write_text(CONFIG)
    async with serving(url, tmp_path, command=command) as client:
        run = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "schemathesis.cli", "run"),
            f"{client.origin}/api/v1/openapi.json",
            *("--header", "Authorization: Bearer rules", "--no-color", "--max-examples", EXAMPLES),
            *("--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--seed", "1"),
            *("--exclude-path", "/api/v1/events", "--request-timeout", "30"),
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=os.environ | {"COLUMNS": "100"},
        )
        told = (await run.communicate())[0].decode()
    assert run.returncode == 0, told


CONFIG = """\
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "422", "5xx"]

[[operations]]
include-name = "GET /api/v1/health"
checks.not_a_server_error.enabled = false  # no monitor runs: 503 says so, and is described
"""


async def test_the_page_for_people_names_every_operation_in_both_languages(url: str) -> None:
    async with serving(url, Path()) as client:
        document = await described(client)
        for language in ("vi", "en"):
            status, page, _ = await client.ask(f"/api?lang={language}")
            assert (status, f'<html lang="{language}"' in page) == (200, True)
            for path, told in document["paths"].items():
                for method in told:
                    if path != "/api/v1/openapi.json":
                        assert f"<code>{method.upper()} {path}</code>" in page
