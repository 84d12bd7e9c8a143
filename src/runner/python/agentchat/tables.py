"""Forms of well-known libraries that they do not say by methods: tables and charts as data."""

import json

from . import displays

TABLE = "application/vnd.dataresource+json"
MAX_ROWS = 1000


def _table(frame):
    """A pandas DataFrame as a table schema with its first rows."""
    text = frame.head(MAX_ROWS).to_json(orient="table", date_format="iso")
    return {TABLE: {**json.loads(text), "rows": len(frame)}}


def _series(series):
    return _table(series.to_frame())


def _plotly(figure):
    return {"application/vnd.plotly.v1+json": json.loads(figure.to_json())}


def _altair(chart):
    return {"application/vnd.vegalite.v5+json": json.loads(chart.to_json())}


def change_plotly(module):
    """`figure.show()` would open a browser."""
    module.BaseFigure.show = lambda self, *_args, **_options: displays.display(self)


def install():
    displays.add_formatter("pandas", "DataFrame", _table)
    displays.add_formatter("pandas", "Series", _series)
    displays.add_formatter("plotly", "BaseFigure", _plotly)
    displays.add_formatter("altair", "TopLevelMixin", _altair)
