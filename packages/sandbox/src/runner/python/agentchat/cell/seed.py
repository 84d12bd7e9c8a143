"""Where luck comes from. What a program did not seed itself must not happen twice: a memory image freezes the state of
every generator, and each worker, each fork of a session, begins with a copy of it."""

import functools
import gc
import random
import sys
import weakref

from ..library import libraries

# Instances of random.Random whose state was drawn by chance, by their identity.
_drawn = {}
# Numbers that seed sequences of numpy were drawn from, and how many there may be before they are looked through.
_entropies = set()
_max_entropies = 10_000
_numpy_seeded = False
_seed = random.Random.seed


def install():
    setstate = random.Random.setstate

    @functools.wraps(_seed)
    def watched_seed(self, a=None, version=2):
        _seed(self, a, version)
        _note(self, a is None)

    @functools.wraps(setstate)
    def watched_setstate(self, state):
        setstate(self, state)
        _note(self, False)

    random.Random.seed = watched_seed
    random.Random.setstate = watched_setstate
    # These were bound when the module was imported.
    random.seed = random._inst.seed
    random.setstate = random._inst.setstate
    libraries.when_imported("numpy.random", _watch_numpy)


def reset():
    """Nothing has been seeded: draws anew for a worker that has come up from an image."""
    global _numpy_seeded
    _numpy_seeded = False
    _note(random._inst, True)
    draw()


def draw():
    """Draws anew for every generator that was not seeded by the program."""
    for reference in list(_drawn.values()):
        generator = reference()
        if generator is not None:
            _seed(generator)
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is None:
        return
    if not _numpy_seeded:
        numpy_random.seed()
    for generator in _generators(numpy_random) if _entropies else ():
        generator.state = type(generator)().state


def _note(generator, by_chance):
    key = id(generator)
    if by_chance:
        # Taken out before another object can have this identity.
        _drawn[key] = weakref.ref(generator, lambda _: _drawn.pop(key, None))
    else:
        _drawn.pop(key, None)


def _watch_numpy(module):
    for name in ("seed", "set_state"):
        setattr(module, name, _noting(getattr(module, name)))
    source = sys.modules.get("numpy.random.bit_generator")
    randbits = getattr(source, "randbits", None)
    if randbits is not None:
        source.randbits = functools.wraps(randbits)(lambda bits: _remember(randbits(bits)))


def _noting(function):
    @functools.wraps(function)
    def seeding(*args, **kwargs):
        global _numpy_seeded
        returned = function(*args, **kwargs)
        # Without an argument, or with None, the state is drawn by chance.
        _numpy_seeded = any(value is not None for value in (*args, *kwargs.values()))
        return returned

    return seeding


def _remember(entropy):
    global _max_entropies
    if len(_entropies) >= _max_entropies:
        alive = {generator.seed_seq.entropy for generator in _generators(sys.modules["numpy.random"])}
        _entropies.intersection_update(alive)
        _max_entropies = max(10_000, 2 * len(_entropies))
    _entropies.add(entropy)
    return entropy


def _generators(module):
    """The living bit generators of numpy that were seeded by chance."""
    kinds = tuple(getattr(module, name) for name in ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"))
    for value in gc.get_objects():
        if type(value) not in kinds:
            continue
        entropy = getattr(value.seed_seq, "entropy", None)
        if type(entropy) is int and entropy in _entropies:
            yield value
