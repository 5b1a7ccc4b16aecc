"""In a real browser, only pages of the allowed origin can use the counter."""

import html
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import quote

import pytest

from atomic_counter.options import AppOptions
from pictures import browser
from tests.served_counter import ServedCounter, serve
from tests.synthesis import template_file

pytestmark = pytest.mark.skipif(not browser.is_installed(), reason=browser.NOT_INSTALLED)

# The header x-api-key makes the browser send a preflight request.
PAGE = b"""<!doctype html><p id="shown"></p><script>
const query = new URLSearchParams(location.search)
const headers = {"x-api-key": query.get("key")}
fetch(query.get("url"), {method: query.get("method"), headers})
  .then(async response => { shown.textContent = response.status + " " + await response.text() })
  .catch(error => { shown.textContent = error })
</script>"""
NOT_READABLE = "TypeError: Failed to fetch"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of the page, which has two origins by the two names of this machine."""

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
    options = AppOptions(allow_origin=f"http://127.0.0.1:{port}", authorization="api-key")
    with serve(template_file(options, folder), "--data", folder / "data") as served:
        yield served


def shown(
    counter: ServedCounter, origin: str, key: str, query: str, http_method: str = "POST"
) -> str:
    """Return what a page of this origin shows after its request."""
    url = quote(f"{counter.url}?systemKey={key}{query}", safe="")
    api_key = counter.headers["x-api-key"]
    page = browser.browse(f"{origin}/?url={url}&method={http_method}&key={api_key}", "--dump-dom")
    found = re.search(r'<p id="shown">(.*?)</p>', page)
    assert found, page
    return html.unescape(found[1])


@pytest.mark.parametrize("http_method", ["GET", "POST"])
def test_page_of_the_allowed_origin_shows_a_number(
    counter: ServedCounter, port: int, http_method: str
) -> None:
    key = counter.fresh_key().replace(" ", "-")
    assert shown(counter, f"http://127.0.0.1:{port}", key, "", http_method) == "200 1"
    assert counter.next(key) == "2"


def test_page_of_another_origin_shows_no_number_and_counts_nothing(
    counter: ServedCounter, port: int
) -> None:
    assert shown(counter, f"http://localhost:{port}", "other", "") == NOT_READABLE
    assert counter.current("other").text == "0"


def test_page_of_the_allowed_origin_can_read_an_error(counter: ServedCounter, port: int) -> None:
    text = shown(counter, f"http://127.0.0.1:{port}", "a", "&count=0")
    assert text.startswith('400 {"message": "count must be a whole number')


def test_page_of_the_allowed_origin_can_read_a_gateway_response(
    counter: ServedCounter, port: int
) -> None:
    text = shown(counter, f"http://127.0.0.1:{port}", "", "")
    assert text == '400 {"message":"Missing required request parameters: [systemKey]"}'
