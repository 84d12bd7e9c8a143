"""`pyodide.http.pyfetch` and `open_url`, over the connections that the host makes."""

import io
import json
import urllib.parse

MAX_REDIRECTS = 20


class FetchResponse:
    """What `pyfetch` gives: the answer of a server, whose body is read once."""

    def __init__(self, url, response, redirected):
        self.url, self.redirected = url, redirected
        self.status, self.status_text = response.status, response.reason
        self.headers = {}
        for name, value in response.getheaders():
            key = name.lower()
            self.headers[key] = f"{self.headers[key]}, {value}" if key in self.headers else value
        self.type = "basic"
        self._response = response
        self._body = None
        self.body_used = False

    @property
    def ok(self):
        return 200 <= self.status < 300

    def raise_for_status(self):
        from pyodide.http import HttpStatusError

        if 400 <= self.status < 600:
            raise HttpStatusError(self.status, self.status_text, self.url)

    def clone(self):
        """A second response with the same body, which is read now."""
        if self.body_used:
            self._used()
        self._body = self._response.read() if self._body is None else self._body
        twin = object.__new__(FetchResponse)
        twin.__dict__.update(self.__dict__)
        return twin

    async def bytes(self):
        if self.body_used:
            self._used()
        self.body_used = True
        return self._response.read() if self._body is None else self._body

    async def text(self):
        return (await self.bytes()).decode("utf-8", "replace").removeprefix("\ufeff")

    async def string(self):
        return await self.text()

    async def json(self, **options):
        return json.loads(await self.bytes(), **options)

    async def memoryview(self):
        return memoryview(await self.bytes())

    async def buffer(self):
        """A memoryview: JavaScript's buffers are out of reach."""
        return memoryview(await self.bytes())

    async def unpack_archive(self, *, extract_dir=None, format=None):
        import shutil
        import tempfile

        name = urllib.parse.urlsplit(self.url).path.rsplit("/", 1)[-1] or "archive"
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/{name}"
            with open(path, "wb") as file:
                file.write(await self.bytes())
            shutil.unpack_archive(path, extract_dir, format)

    def abort(self, reason=None):
        self._response.close()

    def _used(self):
        from pyodide.http import BodyUsedError

        raise BodyUsedError


async def pyfetch(request, /, *, method="GET", headers=None, body=None, redirect="follow", **_options):
    """Fetches a URL. Of the options of JavaScript's fetch: method, headers, body, redirect ("follow", "manual", "error")."""
    url = str(request)
    headers = dict(headers or {})
    if isinstance(body, str):
        body = body.encode()
    for _ in range(MAX_REDIRECTS + 1):
        response = _ask(url, method.upper(), headers, body)
        target = response.getheader("location")
        if response.status not in (301, 302, 303, 307, 308) or target is None or redirect == "manual":
            return FetchResponse(url, response, url != str(request))
        if redirect == "error":
            raise OSError(f"{url} redirects to {target}")
        response.close()
        following = urllib.parse.urljoin(url, target)
        if urllib.parse.urlsplit(following).netloc != urllib.parse.urlsplit(url).netloc:
            headers = {k: v for k, v in headers.items() if k.lower() not in ("authorization", "cookie")}
        if response.status == 303 or (response.status in (301, 302) and method.upper() == "POST"):
            method, body = "GET", None
        url = following
    raise OSError(f"{request} redirects more than {MAX_REDIRECTS} times")


def _ask(url, method, headers, body):
    import http.client

    parts = urllib.parse.urlsplit(url)
    kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    if parts.scheme not in kinds or not parts.hostname:
        raise ValueError(f"only http and https can be fetched, not {url!r}")
    connection = kinds[parts.scheme](parts.hostname, parts.port)
    target = urllib.parse.quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    if parts.query:
        target += "?" + urllib.parse.quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    connection.request(method, target, body, {"Accept": "*/*", "Connection": "close", **headers})
    return connection.getresponse()


def open_url(url):
    """The text behind a URL, as a file."""
    import urllib.request

    with urllib.request.urlopen(url) as response:
        return io.StringIO(response.read().decode("utf-8", "replace"))
