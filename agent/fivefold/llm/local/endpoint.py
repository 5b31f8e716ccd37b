"""Asks the server on this machine something with its key, past any proxy."""

import urllib.error
import urllib.request

from fivefold.llm.local.state import ServerState


def get(state: ServerState, path: str, *, timeout_s: float = 10.0) -> str | None:
    """Return what the server of `state` answers for `path`, None where it does not answer or refuses."""
    url = f"http://127.0.0.1:{state.port}{path}"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {state.token}"})
    # A proxy of the environment must not see a request to this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=timeout_s) as answer:
            return str(answer.read().decode("utf-8", "replace"))
    except urllib.error.HTTPError as error:
        error.close()
        return None
    except OSError:
        return None


def answers(state: ServerState) -> bool:
    """Tell whether the server of `state` answers and takes its token."""
    return state.port > 0 and get(state, state.probe) is not None
