"""What a process says of a configuration that means something else than was meant."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest


def start(platform, process: str, tmp_path, **changed: Any) -> subprocess.CompletedProcess:
    """Starts one more of this process, on ports of its own, with its configuration changed."""
    document = json.loads(platform.local.configuration_file(process).read_text())
    for section, values in changed.items():
        document[section] = {**document[section], **values}
    document |= {"listen": "127.0.0.1:0", "admin_listen": "127.0.0.1:0"}
    path = tmp_path / f"{process}.json"
    path.write_text(json.dumps(document))
    return subprocess.run([platform.local.layout.binary(process), "--config", path], capture_output=True, text=True,
                          check=False, timeout=60)


@pytest.mark.parametrize("process", ["auth", "requests", "files", "notifications", "stats", "gateway"])
def test_a_misspelt_setting_is_refused_at_the_start(platform, process, tmp_path):
    # As an operator would write it who means to shorten P51.
    refused = start(platform, process, tmp_path, settings={"request_erasure_secnds": 60})
    assert refused.returncode in (1, 2)
    assert f"settings.request_erasure_secnds is not a setting of {process}, which knows: " in refused.stderr
    assert "drain_delay_ms" in refused.stderr
    refused = start(platform, process, tmp_path, services={"atuh": "127.0.0.1:7001"})
    assert refused.returncode in (1, 2)
    assert "services.atuh is not a known service" in refused.stderr
