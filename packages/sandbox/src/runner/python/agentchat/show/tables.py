"""Forms of well-known libraries that they do not say by methods: tables and charts as data."""

import json
import re

from . import displays

TABLE = "application/vnd.dataresource+json"
MAX_ROWS = 1000

_VEGA_LITE = re.compile(r"/vega-lite/v(\d{1,3})")


def _table(frame):
    """A pandas DataFrame as a table schema with its first rows."""
    text = frame.head(MAX_ROWS).to_json(orient="table", date_format="iso")
    return {TABLE: {**json.loads(text), "rows": len(frame)}}


def _series(series):
    return _table(series.to_frame())


def _plotly(figure):
    return {"application/vnd.plotly.v1+json": json.loads(figure.to_json())}


def _altair(chart):
    specification = json.loads(chart.to_json())
    version = _VEGA_LITE.search(str(specification.get("$schema", "")))
    return {f"application/vnd.vegalite.v{version[1] if version else 5}+json": specification}


def change_plotly(module):
    """`figure.show()` would open a browser."""
    module.BaseFigure.show = lambda self, *_args, **_options: displays.display(self)


def install():
    displays.add_formatter("pandas", "DataFrame", _table)
    displays.add_formatter("pandas", "Series", _series)
    # Their own forms are pages with megabytes of JavaScript, or ask the network for it.
    displays.add_formatter("plotly", "BaseFigure", _plotly, alone=True)
    displays.add_formatter("altair", "TopLevelMixin", _altair, alone=True)
