"""Starts moto's server on a port of loopback, one request at a time.

Moto looks whether an object is there and then writes it, without a lock between: of two racing
writes with If-None-Match both may win, which no object store does.
"""
import io
import sys
import threading

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

moto = DomainDispatcherApplication(create_backend_app)
turn = threading.Lock()


def in_order(environ, start_response):
    # A body that comes slowly keeps nobody waiting.
    if length := int(environ.get("CONTENT_LENGTH") or 0):
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(length))
    with turn:
        return moto(environ, start_response)


run_simple("127.0.0.1", int(sys.argv[1]), in_order, threaded=True)
