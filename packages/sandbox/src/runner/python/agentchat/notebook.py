"""A stand-in for IPython, which programs written for notebooks import: `display`, `HTML`, `Markdown`, `Image` and so on."""

import importlib.abc
import importlib.machinery
import sys

from . import displays


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


_KINDS = {
    "HTML": "text/html",
    "Markdown": "text/markdown",
    "Latex": "text/latex",
    "Math": "text/latex",
    "SVG": "image/svg+xml",
    "JSON": "application/json",
    "Javascript": "application/javascript",
    "Pretty": "text/plain",
    "Code": "text/plain",
}


def _fill_display(module):
    for name, mime in _KINDS.items():
        setattr(module, name, _kind(name, mime))
    module.Image = Image
    module.display = displays.display
    module.display_html = module.display_markdown = module.display_png = displays.display
    module.clear_output = lambda wait=False: None
    module.update_display = lambda *objects, **_options: displays.display(*objects)


def _fill_package(module):
    module.get_ipython = lambda: None
    module.version_info, module.__version__ = (0, 0), "0"


_FILLERS = {
    "IPython": _fill_package,
    "IPython.core": _fill_package,
    "IPython.display": _fill_display,
    "IPython.core.display": _fill_display,
}


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Comes last, so that IPython itself, where it is installed, is what is imported."""

    def find_spec(self, name, path, target=None):
        if name not in _FILLERS:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=name in ("IPython", "IPython.core"))

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        _FILLERS[module.__name__](module)


def install():
    sys.meta_path.append(_Finder())
