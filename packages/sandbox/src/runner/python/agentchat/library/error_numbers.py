"""The numbers of errors are those of Linux, in `errno` and in exceptions.

C's functions go on with those of WebAssembly. The image's edit of `PyErr_SetFromErrnoWithFilenameObjects` turns them round
where they become exceptions.
"""

import errno
import gc
import os
import posix
import sys

# By number, from 1.
_NAMES = """
EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST EXDEV
ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLOCK
ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP - ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH ENOCSI EL2HLT
EBADE EBADR EXFULL ENOANO EBADRQC EBADSLT - EBFONT ENOSTR ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE ENOLINK EADV
ESRMNT ECOMM EPROTO EMULTIHOP EDOTDOT EBADMSG EOVERFLOW ENOTUNIQ EBADFD EREMCHG ELIBACC ELIBBAD ELIBSCN ELIBMAX
ELIBEXEC EILSEQ ERESTART ESTRPIPE EUSERS ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT
ESOCKTNOSUPPORT ENOTSUP EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET
ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED EHOSTDOWN
EHOSTUNREACH EALREADY EINPROGRESS ESTALE EUCLEAN ENOTNAM ENAVAIL EISNAM EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE
ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED EKEYREJECTED EOWNERDEAD ENOTRECOVERABLE ERFKILL
""".split()
_ALIASES = {"EWOULDBLOCK": "EAGAIN", "EDEADLK": "EDEADLOCK", "EOPNOTSUPP": "ENOTSUP"}
_own_numbers = {}


def exceptions_by_number():
    """Python's own table of the exception for each error number; later, in an image, nothing can be searched."""
    for found in gc.get_objects():
        if type(found) is dict and PermissionError in found.values() and found.get(errno.EACCES) is PermissionError:
            return found
    raise LookupError("no table of the exceptions of error numbers")


def _strerror(strerror):
    def strerror_of_linux(code, /):
        """Translate an error code to a message string."""
        return strerror(_own_numbers[code]) if code in _own_numbers else f"Unknown error {code}"

    strerror_of_linux.__name__ = strerror_of_linux.__qualname__ = "strerror"
    return strerror_of_linux


def install():
    """Comes before what asks for numbers."""
    own = {name: value for name, value in vars(errno).items() if name[0] == "E"}
    linux = {name: number for number, name in enumerate(_NAMES, 1) if name != "-"}
    linux |= {alias: linux[name] for alias, name in _ALIASES.items()}
    classes = exceptions_by_number()
    renumbered = {linux[name]: classes[number] for name, number in own.items() if number in classes and name in linux}
    classes.clear()
    classes.update(renumbered)
    _own_numbers.update((linux[name], number) for name, number in own.items() if name in linux)
    _own_numbers[0] = 0
    for module in list(sys.modules.values()):
        for name in own.keys() & vars(module).keys() if hasattr(module, "__dict__") else ():
            if vars(module)[name] == own[name]:
                setattr(module, name, linux.get(name, own[name]))
    vars(errno).update(linux)
    errno.errorcode.clear()
    errno.errorcode.update((linux[name], name) for name in linux if name not in _ALIASES)
    os.strerror = posix.strerror = _strerror(posix.strerror)
