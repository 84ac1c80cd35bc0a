"""The dead-man's signal: a URL that is called as long as all is well."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Any

from reports.alerts.secrecy import hidden

TIMEOUT_S = 10.0


def call(url: str) -> str | None:
    """GET it; None: somebody heard it. Else why not, without the URL. A redirect is no answer."""
    try:
        with _opener().open(url, timeout=TIMEOUT_S) as answer:
            answer.read(1024)
            return None
    except urllib.error.HTTPError as error:
        with error:
            return f"HTTP {error.code}"
    except Exception as error:  # whatever a library thinks of
        return hidden(f"{type(error).__name__}: {error}", url)


class _Stay(urllib.request.HTTPRedirectHandler):
    """An answer does not choose the address."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _opener() -> urllib.request.OpenerDirector:
    opener = urllib.request.build_opener(_Stay)
    opener.addheaders = [("User-Agent", "Canh")]
    return opener
