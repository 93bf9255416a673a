"""The WSGI entry point."""

from config import load_config
from lms import create_app

app = create_app(load_config())
