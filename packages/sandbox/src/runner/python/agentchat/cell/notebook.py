"""A stand-in for IPython, which programs written for notebooks import: `display`, `HTML`, `Markdown`, `Image` and so on."""

import html
import importlib.abc
import importlib.machinery
import mimetypes
import sys

from ..show import displays
from . import notebook_shell


class _Shown:
    """Data that is shown as one MIME type."""

    _mime = "text/plain"

    def __init__(self, data=None, url=None, filename=None, metadata=None, **_options):
        self.data, self.url, self.filename, self.metadata = data, url, filename, metadata
        if data is None and filename is not None:
            with open(filename, "rb") as file:
                self.data = file.read()
            if self._mime.startswith("text/") or self._mime == "image/svg+xml":
                self.data = self.data.decode("utf-8")

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {self._mime: self.data}, ({self._mime: self.metadata} if self.metadata else {})

    def __repr__(self):
        return f"<IPython.core.display.{type(self).__name__} object>"


def _kind(name, mime):
    return type(name, (_Shown,), {"_mime": mime, "__module__": "IPython.display"})


class Image(_Shown):
    """A picture, by its bytes or the name of its file."""

    _mime = "image/png"

    def __init__(self, data=None, url=None, filename=None, format=None, **options):
        if isinstance(data, str) and filename is None and url is None:
            data, filename = None, data
        super().__init__(data, url, filename, **options)
        start = bytes(self.data[:12]) if self.data else b""
        kind = "jpeg" if start[:2] == b"\xff\xd8" else "gif" if start[:3] == b"GIF" else "png"
        self._mime = f"image/{kind}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        if self.data is None:
            return {"text/html": f'<img src="{self.url}"/>'}
        return super()._repr_mimebundle_()


class _Player(_Shown):
    """Sound or a film: the bytes of a file, or the address where it is."""

    _tag = "audio"
    _default = "audio/wav"

    def __init__(self, data=None, filename=None, url=None, rate=None, autoplay=False, mimetype=None, **_options):
        if isinstance(data, str) and filename is None and url is None:
            data, url, filename = (None, data, None) if "://" in data else (None, None, data)
        if data is not None and not isinstance(data, (bytes, bytearray, memoryview)):
            if rate is None:
                raise ValueError("rate must be specified when data is a numpy array or list of audio samples.")
            data = _wave(data, rate)
        self._mime = mimetype or mimetypes.guess_type(filename or "")[0] or self._default
        super().__init__(data, url, filename)

    def _repr_mimebundle_(self, include=None, exclude=None):
        if self.data is None:
            return {"text/html": f'<{self._tag} controls src="{html.escape(self.url or "")}"></{self._tag}>'}
        return {self._mime: self.data}


class Audio(_Player):
    """Sound, also as samples between -1 and 1 with their `rate`."""


class Video(_Player):
    """A film."""

    _tag = "video"
    _default = "video/mp4"


def _wave(samples, rate):
    import array
    import io
    import wave

    samples = [float(each) for each in samples]
    peak = max(map(abs, samples), default=0) or 1
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((1, 2, int(rate), len(samples), "NONE", ""))
        out.writeframes(array.array("h", (int(each / peak * 32767) for each in samples)).tobytes())
    return file.getvalue()


class _Link(_Shown):
    _mime = "text/html"

    def __init__(self, path, *_arguments, **_options):
        self.path = str(path)
        shown = html.escape(self.path)
        super().__init__(f'<a href="{shown}">{shown}</a>')


class IFrame(_Shown):
    """A page in a frame."""

    _mime = "text/html"

    def __init__(self, src, width="100%", height=400, **_options):
        self.src = str(src)
        super().__init__(f'<iframe src="{html.escape(self.src)}" width="{width}" height="{height}"></iframe>')


def _video_of(name, address):
    def __init__(self, id, width=400, height=300, **_options):
        self.id = id
        IFrame.__init__(self, address + str(id), width, height)

    return type(name, (IFrame,), {"__init__": __init__, "__module__": "IPython.display"})


_KINDS = {
    "HTML": "text/html",
    "Markdown": "text/markdown",
    "Latex": "text/latex",
    "Math": "text/latex",
    "SVG": "image/svg+xml",
    "JSON": "application/json",
    "GeoJSON": "application/geo+json",
    "Javascript": "application/javascript",
    "Pretty": "text/plain",
    "Code": "text/plain",
    "TextDisplayObject": "text/plain",
}


def _fill_display(module):
    for name, mime in _KINDS.items():
        setattr(module, name, _kind(name, mime))
    module.DisplayObject = _Shown
    module.Image, module.Audio, module.Video, module.IFrame = Image, Audio, Video, IFrame
    module.FileLink = module.FileLinks = _Link
    module.YouTubeVideo = _video_of("YouTubeVideo", "https://www.youtube.com/embed/")
    module.VimeoVideo = _video_of("VimeoVideo", "https://player.vimeo.com/video/")
    module.display, module.DisplayHandle = displays.display, displays.DisplayHandle
    for kind in ("html", "markdown", "svg", "png", "jpeg", "pdf", "latex", "json", "javascript", "pretty"):
        setattr(module, f"display_{kind}", displays.display)
    module.publish_display_data = lambda data, metadata=None, **_options: displays.display(data, raw=True, metadata=metadata)
    module.clear_output = lambda wait=False: None
    module.set_matplotlib_formats = module.set_matplotlib_close = lambda *_arguments, **_options: None
    module.update_display = displays.update_display


def _fill_package(module):
    module.get_ipython = notebook_shell.get_ipython
    module.InteractiveShell = notebook_shell.InteractiveShell
    module.version_info, module.__version__ = (0, 0), "0"


def _fill_core(module):
    module.InteractiveShell = notebook_shell.InteractiveShell
    module.get_ipython = notebook_shell.get_ipython


_FILLERS = {
    "IPython": _fill_package,
    "IPython.core": _fill_core,
    "IPython.core.getipython": _fill_core,
    "IPython.core.interactiveshell": _fill_core,
    "IPython.display": _fill_display,
    "IPython.core.display": _fill_display,
    "IPython.core.display_functions": _fill_display,
    "IPython.lib": _fill_display,
    "IPython.lib.display": _fill_display,
}


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Comes last, so that IPython itself, where it is installed, is what is imported."""

    def find_spec(self, name, path, target=None):
        if name not in _FILLERS:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=name in ("IPython", "IPython.core", "IPython.lib"))

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        _FILLERS[module.__name__](module)
        if module.__name__ == "IPython":
            from IPython import display

            module.display = display


def install():
    notebook_shell.install()
    sys.meta_path.append(_Finder())
