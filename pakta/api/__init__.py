"""What programs may ask: the verdict on a certificate, and the public's shares of coverage.

Rules    one code path with the pages: `verification.asked` judges, `coverage.service.public` counts
         a question is a post, so that no number or address stands in a log of addresses
         no session: cookies are not looked at, so no token is asked for; any site may ask (CORS)
         a refusal is problem details (RFC 9457, `web.problem`); what is answered is held to `openapi`
Pages    /untuk-program, /api/v1/openapi.json, /api/v1/verify, /api/v1/coverage, /api/v1/coverage.csv,
         /api/v1/badge/CODE.svg
"""
