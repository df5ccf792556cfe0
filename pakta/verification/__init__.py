"""Public verification: the QR's page, scanning, typing a number, uploading a file, and the command.

Rules    a verdict is made in one place of Python (`core.verdict`) and one of JavaScript
         (static/js/verdict.js), compared by the same vectors; the QR's fragment never reaches us
         what a stranger hands in is taken apart in a confined process (`confined`, `reader`, `contents`)
Words    a shell is the QR's page with its scripts, kept by the phone's worker under one version
Tables   none of its own: credentials, key sets, status lists, tiles and checkpoints are read
Pages    /v  /v-sw.js  /v/VERSION/SCRIPT  /periksa  /periksa/berkas  /periksa/kamera
         /.well-known/pakta-keys.json  /s/0
"""
