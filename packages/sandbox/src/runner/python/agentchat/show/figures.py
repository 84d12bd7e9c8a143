"""Figures of matplotlib: drawn without a screen, shown with `plt.show()` or when the code has ended."""

import io
import sys

from ..cell import failure
from . import displays

CHART = "application/vnd.agentchat.chart+json"
MAX_POINTS = 1000
"""Points of one series that are given as data; of more, every n-th."""

_SCREENS = ("tk", "qt", "gtk", "wx", "macosx", "nbagg", "webagg", "ipympl", "widget", "notebook", "inline", "module://")


def show_open(*_args, **_options):
    """Shows the open figures in their order, and closes them."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None or not hasattr(pyplot, "get_fignums"):
        return
    for number in pyplot.get_fignums():
        displays.display(pyplot.figure(number))
    pyplot.close("all")


def finish(value):
    """The code has ended with `value`: shows what it left open, but not what has just been shown as its value."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return
    try:
        if displays.is_instance(value, "matplotlib", "Figure"):
            pyplot.close(value)
        show_open()
    except Exception as error:
        failure.write_to_stderr(f"Cannot show a figure: {type(error).__name__}: {error}\n")


def _forms(figure):
    kind = "svg" if _prefers_svg() else "png"
    picture = io.BytesIO()
    figure.savefig(picture, format=kind, bbox_inches="tight")
    data = picture.getvalue()
    forms = {"image/svg+xml": data.decode("utf-8")} if kind == "svg" else {"image/png": data}
    details = {}
    if kind == "png" and len(data) >= 24:
        size = {"width": int.from_bytes(data[16:20], "big"), "height": int.from_bytes(data[20:24], "big")}
        details["image/png"] = size
    try:
        forms[CHART] = chart_of(figure)
    except Exception:
        # A picture without its data is still a picture.
        pass
    return forms, details


def _prefers_svg():
    matplotlib = sys.modules.get("matplotlib")
    return matplotlib is not None and matplotlib.rcParams["savefig.format"] == "svg"


def chart_of(figure):
    """What is drawn, as data: for each axes its texts and its series."""
    return {"type": "chart", "axes": [_axes(axes) for axes in figure.axes]}


def _axes(axes):
    series = [*_lines(axes), *_bars(axes), *_points(axes), *_slices(axes)]
    legend = axes.get_legend()
    return {
        "title": axes.get_title(),
        "xlabel": axes.get_xlabel(),
        "ylabel": axes.get_ylabel(),
        "xscale": axes.get_xscale(),
        "yscale": axes.get_yscale(),
        "legend": [] if legend is None else [text.get_text() for text in legend.get_texts()],
        "series": series,
    }


def _lines(axes):
    for line in axes.get_lines():
        x, y = line.get_xdata(), line.get_ydata()
        yield {"type": "line", "label": _label(line), "points": len(x), "x": _plain(x), "y": _plain(y)}


def _bars(axes):
    for container in axes.containers:
        patches = getattr(container, "patches", None)
        if not patches or not hasattr(patches[0], "get_height"):
            continue
        step = _step(len(patches))
        across = getattr(container, "orientation", "vertical") == "horizontal"
        names = [tick.get_text() for tick in (axes.get_yticklabels() if across else axes.get_xticklabels())]
        middles = [
            (bar.get_y() + bar.get_height() / 2) if across else (bar.get_x() + bar.get_width() / 2)
            for bar in patches[::step]
        ]
        values = [bar.get_width() if across else bar.get_height() for bar in patches[::step]]
        yield {
            "type": "bar",
            "label": _label(container),
            "points": len(patches),
            "x": names if len(names) == len(patches) and any(names) else _plain(middles),
            "y": _plain(values),
        }


def _points(axes):
    for collection in axes.collections:
        if type(collection).__name__ != "PathCollection":
            continue
        offsets = collection.get_offsets()
        step = _step(len(offsets))
        pairs = [(float(x), float(y)) for x, y in offsets[::step]]
        yield {
            "type": "scatter",
            "label": _label(collection),
            "points": len(offsets),
            "x": [x for x, _ in pairs],
            "y": [y for _, y in pairs],
        }


def _slices(axes):
    wedges = [patch for patch in axes.patches if type(patch).__name__ == "Wedge"]
    if wedges:
        shares = [(wedge.theta2 - wedge.theta1) / 360 for wedge in wedges]
        yield {"type": "pie", "points": len(wedges), "x": [_label(wedge) for wedge in wedges], "y": _plain(shares)}


def _label(artist):
    label = str(artist.get_label() or "")
    return "" if label.startswith("_") else label


def _step(count):
    return max(1, -(-count // MAX_POINTS))


def _plain(values):
    return [_number(value) for value in values[:: _step(len(values))]]


def _number(value):
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)
    return number if number - number == 0 else None


def change_pyplot(module):
    """pyplot has been imported."""
    module.show = show_open


def change_matplotlib(module):
    """Programs that ask for a screen get pictures all the same."""
    use = module.use

    def use_without_screen(backend, *, force=True):
        if str(backend).lower().startswith(_SCREENS):
            backend = "agg"
        use(backend, force=force)

    module.use = use_without_screen
    module.rcParams["backend"] = "agg"


def install():
    displays.add_formatter("matplotlib", "Figure", _forms)
