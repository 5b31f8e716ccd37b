"""A server that is told to stop while it waits for an LLM that never answers: it ends in seconds, in good order."""

import os
import signal
import threading
from pathlib import Path

import httpx
import pytest

from tests.agent.solving import TOYS
from tests.scripted_llm import Fault, ScriptedLLM
from tests.server.serving import Json, process, waited


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_stopping_does_not_wait_for_the_llm_and_tells_no_fault(tmp_path: Path, name: str) -> None:
    with ScriptedLLM(lambda _: Fault(kind="never")) as llm:
        environ = {**os.environ, "OPENAI_BASE_URL": llm.base_url, "FIVEFOLD_DATA_DIR": str(tmp_path / "data")}
        environ |= {"OPENAI_API_KEY": "any", "FIVEFOLD_CACHE_DIR": str(tmp_path / "cache")}
        with process(tmp_path / "server", environ) as (child, url, _):
            started = httpx.post(f"{url}/api/v1/problems", json={"text": TOYS}, timeout=60).json()
            events = f"{url}{started['events']}.json"

            def look() -> Json:
                found: Json = httpx.get(events, timeout=60).json()
                return found

            waited(look, lambda found: any(one["data"].get("step") == "formulate" for one in found["events"]), 60)
            answered: list[int] = []

            def helped() -> None:
                body = {"model": "fivefold", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}
                answered.append(httpx.post(f"{url}/v1/chat/completions", json=body, timeout=60).status_code)

            asking = threading.Thread(target=helped)
            asking.start()
            for _ in range(2):  # the run's question, and the one of the helper
                assert llm.came.acquire(timeout=60)
            child.send_signal(getattr(signal, name))
            assert child.wait(40) in (0, 130, -signal.SIGTERM, -signal.SIGINT)
            asking.join(30)
            assert child.stderr is not None
            printed = child.stderr.read()
        assert "Traceback" not in printed and "Exception" not in printed, printed
        assert answered == [503]
