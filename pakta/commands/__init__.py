"""`python -m pakta …`: every command of the house, a file a subject; `main` puts them together.

Rules    A command opens the app by `startup.open_app`, makes one service call inside `transaction()` and prints
         one sentence; what is refused ends it with the refusal's sentence and code.
"""
