"""The application as a WSGI server finds it: `gunicorn app:app`."""

from pakta.factory import create_app

app = create_app()
