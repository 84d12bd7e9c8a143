"""Every known road from Python to JavaScript, and the words of a verdict. Put before the attacks that ask for it."""


def show(word, what):
    """One line of the verdict: BREACH, BREACH-HARDENING, CONTAINED or ATTEMPTED, and why."""
    print(word, repr(str(what))[:400])


def empty(value):
    return value is None or str(value) in ("", "undefined", "null", "None", "jsnull", "false", "False")


async def claim(source, word="BREACH", seconds=8):
    """An attack in JavaScript that has won when it gives anything at all."""
    try:
        got = await javascript(source, seconds)
    except BaseException as error:
        show("CONTAINED", f"{type(error).__name__}: {error}")
    else:
        show("CONTAINED", "empty answer") if empty(got) else show(word, got)


async def attempt(source, seconds=8):
    """An attack in JavaScript that the harness judges from outside."""
    try:
        print("ATTEMPTED", repr(str(await javascript(source, seconds)))[:200])
    except BaseException as error:
        show("CONTAINED", f"{type(error).__name__}: {error}")


async def javascript(source, seconds=8):
    """Evaluates `source` by the first road that is open, so that the wall behind it is tried too."""
    for road in _ROADS:
        try:
            evaluate = road()
            open_road = int(await _settled(evaluate("1+1"), 5)) == 2
        except BaseException:
            continue
        if open_road:
            await _settled(evaluate(_GET_PROCESS), 5)
            return await _settled(evaluate(source), seconds)
    raise RuntimeError("no road from Python to JavaScript")


# A runner may have taken it away; it is one import from being back.
_GET_PROCESS = "import('node:process').then((m) => { globalThis.process ??= m.default }, () => {})"


async def _settled(value, seconds):
    import asyncio

    if hasattr(value, "then") or hasattr(value, "__await__"):
        return await asyncio.wait_for(value, seconds)
    return value


def _by_run_js():
    from pyodide.code import run_js

    return run_js


def _by_import():
    import js

    return js.eval


def _by_to_js():
    from pyodide.ffi import to_js

    return to_js([]).constructor.constructor("return eval")()


def _by_python_proxy():
    from _pyodide_core import create_proxy

    return create_proxy(print).constructor.constructor("return eval")()


def _by_exception():
    from pyodide.ffi import JsException, to_js

    try:
        to_js([1]).at.call(None)
    except JsException as error:
        return error.constructor.constructor("return eval")()
    raise LookupError


def _by_held_proxies():
    for held in _held_proxies():
        try:
            return held.constructor.constructor("return eval")()
        except Exception:
            continue
    raise LookupError


def _by_held_globals():
    return _held_global("eval")


def _by_worker():
    """A fresh realm, where nothing was taken away, and whose source is no code made from a string."""
    import asyncio

    worker_class, blob_class, url_class = (_held_global(name) for name in ("Worker", "Blob", "URL"))

    async def evaluate(source):
        answered = asyncio.get_running_loop().create_future()
        text = (
            f"try {{ postMessage(['ok', String(await ({source}\n))]) }} catch (e) {{ postMessage(['no', String(e)]) }}"
        )
        url = url_class.createObjectURL(blob_class.new([text], type="application/javascript"))
        worker = worker_class.new(url, type="module")
        worker.onmessage = lambda event: answered.set_result(list(event.data))
        kind, value = await asyncio.wait_for(answered, 600)
        if kind == "no":
            raise RuntimeError(value)
        return value

    return evaluate


def _held_global(name):
    for held in _held_proxies():
        try:
            return getattr(held, name)
        except Exception:
            continue
    raise LookupError(name)


def _held_proxies():
    """Every JavaScript object that some module, import hook, caller or container still holds."""
    import gc
    import sys

    def is_proxy(value):
        return type(value).__name__.startswith("JsProxy") or type(value).__name__ == "JsDoubleProxy"

    for name in ("js", "pyodide_js"):
        if name in sys.modules:
            yield sys.modules[name]
    for finder in sys.meta_path:
        yield from getattr(finder, "jsproxies", {}).values()
    for module in list(sys.modules.values()):
        yield from filter(is_proxy, list(getattr(module, "__dict__", {}).values()))
    frame = sys._getframe()
    while frame is not None:
        yield from filter(is_proxy, [*frame.f_locals.values(), *frame.f_globals.values()])
        frame = frame.f_back
    for thing in gc.get_objects():
        if is_proxy(thing):
            yield thing
        elif type(thing) in (dict, list, tuple):
            yield from filter(is_proxy, list(thing.values() if type(thing) is dict else thing))


_ROADS = (
    _by_run_js,
    _by_import,
    _by_to_js,
    _by_python_proxy,
    _by_exception,
    _by_held_proxies,
    _by_held_globals,
    _by_worker,
)
