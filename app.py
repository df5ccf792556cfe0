"""The application as a WSGI server finds it: `gunicorn app:app`."""

import sys

from pakta import startup
from pakta.factory import create_app

sys.setswitchinterval(0.0005)  # seconds: who holds the ledger's lock shall not wait long for the interpreter's
app = create_app()
with app.app_context():
    startup.begin(app)
