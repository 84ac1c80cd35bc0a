"""A real Prometheus reads the numbers, and finds the devices that it shall ask itself."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from reports.web.api.metrics import Family, text
from tests.needs import need_program
from tests.web.served import Client, copied, once_filled, serving

CONFIG = """\
global:
  scrape_interval: 1s
scrape_configs:
  - job_name: canh
    authorization: {{credentials: looks}}
    params: {{things: ["sites,links,devices,services"]}}
    static_configs: [{{targets: ["{host}"]}}]
  - job_name: devices
    http_sd_configs:
      - url: http://{host}/api/v1/prometheus/targets
        authorization: {{credentials: looks}}
    relabel_configs:
      - {{source_labels: [__address__], target_label: __param_target}}
      - {{source_labels: [__meta_canh_device], target_label: device}}
      - {{source_labels: [__meta_canh_site], target_label: site}}
      - {{target_label: __address__, replacement: "{host}"}}
"""
EVERY = "/metrics?things=sites,links,devices,services"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return once_filled(tmp_path_factory)


@pytest.fixture
def url(filled: Path, tmp_path: Path) -> str:
    return copied(filled, tmp_path)


async def test_promtool_finds_nothing_to_say(url: str) -> None:
    need_program("promtool")
    async with serving(url, Path()) as client:
        _, told, headers = await client.ask(EVERY)
    assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    check = await asyncio.create_subprocess_exec(
        *("promtool", "check", "metrics"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await check.communicate(told.encode())
    assert (check.returncode, said.decode()) == (0, "")


@asynccontextmanager
async def prometheus(client: Client, where: Path) -> AsyncIterator[int]:
    """Its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    host = client.origin.removeprefix("http://")
    (where / "prometheus.yml").write_text(CONFIG.format(host=host))
    process = await asyncio.create_subprocess_exec(
        *("prometheus", f"--config.file={where}/prometheus.yml"),
        *(f"--storage.tsdb.path={where}/tsdb", f"--web.listen-address=127.0.0.1:{port}"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield port
    finally:
        process.terminate()
        await process.wait()


async def test_a_real_prometheus_has_the_values(url: str, tmp_path: Path) -> None:
    need_program("prometheus")
    async with serving(url, Path()) as client, prometheus(client, tmp_path) as port:

        async def value(query: str) -> dict[str, Any]:
            """Labels and value of the one series, once there is one."""
            async with asyncio.timeout(60):
                while True:
                    await asyncio.sleep(0.2)
                    asking = f"http://127.0.0.1:{port}/api/v1/query"
                    asked = client.session.get(asking, params={"query": query})
                    try:
                        async with asked as answer:
                            ready = answer.status == 200
                            found = (await answer.json())["data"]["result"] if ready else []
                    except OSError:  # it starts
                        continue
                    if found:
                        [one] = found
                        return dict(one["metric"]) | {"value": one["value"][1]}

        assert (await value('up{job="canh"} == 1'))["value"] == "1"
        assert (await value('canh_things{kind="device",state="down"}'))["value"] == "1"
        assert (await value('canh_things{kind="site",state="unreachable"}'))["value"] == "1"
        assert (await value('canh_device_up{device="d-r"}'))["value"] == "0"
        state = await value('canh_device_state{device="d-r"}')
        assert (state["state"], state["site"], state["unit"]) == ("down", "d", "522")
        roots = 'canh_open_root_outages{kind="device",acknowledged="false"}'
        assert (await value(roots))["value"] == "1"
        assert (await value("canh_monitor_up"))["value"] == "0"
        assert float((await value("process_resident_memory_bytes"))["value"]) > 10_000_000
        one = f"http://127.0.0.1:{port}/api/v1/targets?state=active"
        async with asyncio.timeout(30):
            found: set[tuple[str, str]] = set()
            while len(found) < 2:
                async with client.session.get(one) as answer:
                    active = (await answer.json())["data"]["activeTargets"]
                found = {
                    (target["labels"]["device"], URL(target["scrapeUrl"]).query["target"])
                    for target in active
                    if target["labels"]["job"] == "devices"
                }
                await asyncio.sleep(0.2)
        assert found == {("p-r", "127.51.0.1"), ("d-r", "127.51.1.1")}


async def test_series_of_things_come_only_where_they_are_asked_for(url: str) -> None:
    async with serving(url, Path()) as client:
        _, few, _ = await client.ask("/metrics")
        _, sites, _ = await client.ask("/metrics?things=sites")
        stranger = await client.ask("/metrics", token=None)
        browser = {"Accept": "text/html"}
        shown = await client.ask("/metrics", token=None, headers=browser, allow_redirects=False)
    assert "canh_device_up" not in few + sites
    assert 'canh_site_up{site="d",unit="522"} 0.0' in sites
    assert (stranger[0], shown[0]) == (401, 401)


async def test_targets_carry_what_is_known_of_a_device(url: str) -> None:
    async with serving(url, Path()) as client:
        _, document, _ = await client.ask("/api/v1/prometheus/targets?state=down")
    assert document == [
        {
            "targets": ["127.51.1.1"],
            "labels": {
                "__meta_canh_device": "d-r",
                "__meta_canh_site": "d",
                "__meta_canh_unit": "522",
                "__meta_canh_name": "d-r",
                "__meta_canh_level": "district",
            },
        }
    ]


def test_labels_of_any_text_are_escaped() -> None:
    name = 'a"b\\c\nd'
    told = text([Family("canh_x", "gauge", "X.", [({"name": name}, 0.5)])])
    line = told.splitlines()[2]
    assert line == r'canh_x{name="a\"b\\c\nd"} 0.5'
    assert json.loads(line.removeprefix("canh_x{name=").removesuffix("} 0.5")) == name
    assert text([Family("canh_y", "gauge", "Y.", [])]) == "\n"
