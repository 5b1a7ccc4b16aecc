"""Pages in a real browser: those of the allowed origin may ask, those of another may not."""

import html
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import quote

import pytest

from atomic_counter.options import Options
from pictures import browser
from tests.serving import ServedCounter, serve
from tests.synthesis import template_file

pytestmark = pytest.mark.skipif(not browser.is_there(), reason=browser.HOW_TO_GET_IT)

# A header that a page does not send by itself has the browser ask before.
PAGE = b"""<!doctype html><p id="shown"></p><script>
const asked = new URLSearchParams(location.search)
const headers = {"x-api-key": asked.get("key")}
fetch(asked.get("url"), {method: asked.get("method"), headers})
  .then(async answer => { shown.textContent = answer.status + " " + await answer.text() })
  .catch(error => { shown.textContent = error })
</script>"""
NOT_READABLE = "TypeError: Failed to fetch"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where the page is served: as two origins, by the names of one machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(PAGE)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture(scope="module")
def counter(port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedCounter]:
    folder = tmp_path_factory.mktemp("pages")
    options = Options(allow_origin=f"http://127.0.0.1:{port}", authorization="api-key")
    with serve(template_file(options, folder), "--data", folder / "data") as served:
        yield served


def shown(
    counter: ServedCounter, origin: str, key: str, query: str, http_method: str = "POST"
) -> str:
    """What a page of this origin shows after its request."""
    url = quote(f"{counter.url}?systemKey={key}{query}", safe="")
    api_key = counter.headers["x-api-key"]
    page = browser.browse(f"{origin}/?url={url}&method={http_method}&key={api_key}", "--dump-dom")
    found = re.search(r'<p id="shown">(.*?)</p>', page)
    assert found, page
    return html.unescape(found[1])


@pytest.mark.parametrize("http_method", ["GET", "POST"])
def test_a_page_of_the_allowed_origin_shows_a_number(
    counter: ServedCounter, port: int, http_method: str
) -> None:
    key = counter.fresh_key().replace(" ", "-")
    assert shown(counter, f"http://127.0.0.1:{port}", key, "", http_method) == "200 1"
    assert counter.next(key) == "2"


def test_a_page_of_another_origin_shows_none_and_counts_none(
    counter: ServedCounter, port: int
) -> None:
    assert shown(counter, f"http://localhost:{port}", "other", "") == NOT_READABLE
    assert counter.current("other").text == "0"


def test_an_error_is_readable_too(counter: ServedCounter, port: int) -> None:
    text = shown(counter, f"http://127.0.0.1:{port}", "a", "&count=0")
    assert text.startswith('400 {"message": "systemKey must be 1 to 2048 bytes')


def test_an_error_of_api_gateway_itself_is_readable_too(counter: ServedCounter, port: int) -> None:
    text = shown(counter, f"http://127.0.0.1:{port}", "", "")
    assert text == '400 {"message":"Missing required request parameters: [systemKey]"}'
