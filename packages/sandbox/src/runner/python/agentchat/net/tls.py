"""`ssl` for clients: the host does TLS, with its own certificate authorities."""

import _socket
import errno
import ssl
import warnings

from .. import host
from .sockets import Socket


class TlsSocket(Socket):
    """What `SSLContext.wrap_socket` gives."""

    _facts = None
    _certificate = b""
    context = server_hostname = session = session_reused = server_side = None

    def __init__(self, *args, **kwargs):
        raise TypeError("TlsSocket does not have a public constructor; use SSLContext.wrap_socket()")

    @classmethod
    def _create(
        cls,
        sock,
        server_side=False,
        do_handshake_on_connect=True,
        suppress_ragged_eofs=True,
        server_hostname=None,
        context=None,
        session=None,
    ):
        check_request(context, server_side, server_hostname)
        self = cls.__new__(cls)
        _socket.socket.__init__(self, sock.family, sock.type, sock.proto, sock.fileno())
        self._io_refs, self._closed = 0, False
        self.settimeout(sock.gettimeout())
        self.take_over(sock)
        sock.detach()
        self.context, self.server_hostname = context, server_hostname
        self._at_once = do_handshake_on_connect
        if do_handshake_on_connect and self._connection is not None:
            self.do_handshake()
        return self

    def connect(self, address):
        super().connect(address)
        if self._at_once:
            self.do_handshake()

    def do_handshake(self, block=False):
        request = handshake_request(self.context, self.server_hostname)
        deadline = self._deadline(connecting=True)
        self.secured(*host.call("net.tls", connection=self._open(), deadlineMs=deadline, **request))

    def secured(self, facts, certificate):
        self._facts, self._certificate = facts, certificate

    @property
    def _sslobj(self):
        # Libraries that look inside ask it what they could ask us.
        return self if self._facts else None

    def version(self):
        return self._facts and self._facts["protocol"]

    def cipher(self):
        return self._facts and (self._facts["cipher"], self._facts["protocol"], None)

    def selected_alpn_protocol(self):
        return self._facts and self._facts["alpn"]

    def getpeercert(self, binary_form=False):
        """The server's certificate in DER, or the names that it is for."""
        if binary_form:
            return self._certificate or None
        if self._facts is None or self.context.verify_mode == ssl.CERT_NONE:
            return {}
        names = [name.partition(":") for name in self._facts["names"].split(", ") if name]
        return {"subjectAltName": tuple((kind, value) for kind, _, value in names)}

    def pending(self):
        return len(self._buffer)

    def read(self, len=1024, buffer=None):
        return self.recv(len) if buffer is None else self.recv_into(buffer, len)

    def write(self, data):
        return self.send(data)

    def unwrap(self):
        raise OSError(errno.EOPNOTSUPP, "TLS cannot be taken off a connection here")

    def get_channel_binding(self, cb_type="tls-unique"):
        return None

    compression = selected_npn_protocol = shared_ciphers = lambda self: None


def check_request(context, server_side, server_hostname):
    if server_side:
        raise OSError(errno.EOPNOTSUPP, "servers do not exist here: Python can only connect")
    if context.check_hostname and not server_hostname:
        raise ValueError("check_hostname requires server_hostname")
    if server_hostname == "" or (server_hostname or "").startswith("."):
        raise ValueError("server_hostname cannot be an empty string or start with a leading dot.")


def handshake_request(context, server_hostname):
    """The parameters of the call that begins TLS on a connection."""
    return {
        "serverName": server_hostname or None,
        "verify": context.verify_mode != ssl.CERT_NONE,
        "checkHostname": bool(context.check_hostname),
        "protocols": list(getattr(context, "_alpn_protocols", ())),
    }


def _set_alpn_protocols(self, alpn_protocols):
    self._alpn_protocols = tuple(alpn_protocols)


def _load_verify_locations(self, cafile=None, capath=None, cadata=None):
    if cafile is None and capath is None and cadata is None:
        raise TypeError("cafile, capath and cadata cannot be all omitted")
    if cafile is not None and not _is_public_bundle(cafile):
        warnings.warn("the host checks certificates with its own authorities; cafile is not used", stacklevel=2)


def _is_public_bundle(path):
    # The bundle of the package certifi: the same public authorities that the host knows.
    return str(path).endswith("certifi/cacert.pem")


def install():
    ssl.SSLSocket = TlsSocket
    ssl.SSLContext.sslsocket_class = TlsSocket
    ssl.SSLContext.set_alpn_protocols = _set_alpn_protocols
    ssl.SSLContext.load_verify_locations = _load_verify_locations
