"""Public verification: the QR's page, typing a number, uploading a file, and the command.

Rules    a verdict is made in one place of Python (`core.verdict`) and one of JavaScript
         (static/js/verdict.js), compared by the same vectors; the QR's fragment never reaches us
Words    a shell is the QR's page with its scripts, kept by the phone's worker under one version
Tables   none of its own: credentials, key sets, status lists, tiles and checkpoints are read
Pages    /v  /v-sw.js  /v/VERSION/SCRIPT  /periksa  /.well-known/pakta-keys.json  /s/0
"""
