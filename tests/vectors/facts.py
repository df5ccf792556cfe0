"""Facts from public standards, each with its source; nothing here is ours."""

from __future__ import annotations

from typing import Any

ORDER_OF_MEMBERS: dict[str, Any] = {
    "source": "RFC 8785 section 3.2.3: members are ordered by the UTF-16 units of their names",
    "names": ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"],
    "ordered": ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"],
}

THUMBPRINT: dict[str, Any] = {
    "source": "RFC 7638 section 3.1",
    "jwk": {
        "kty": "RSA",
        "n": (
            "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCi"
            "FV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb"
            "9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls"
            "1jF44-csFCur-kEgU8awapJzKnqDKgw"
        ),
        "e": "AQAB",
        "alg": "RS256",
        "kid": "2011-04-29",
    },
    "thumbprint": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
}

KNOWN_ROOTS: dict[str, Any] = {
    "source": "the tree tests of google/certificate-transparency, the reference implementation of RFC 6962",
    "entries": [
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    ],
    "roots": [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ],
}  # fmt: skip

TILE_ADDRESSES: dict[str, Any] = {
    "source": "C2SP tlog-tiles: tile 1234067 of level 0, and a tree of 70,000 entries",
    "addresses": [
        {"level": 0, "index": 1234067, "width": 256, "path": "0/x001/x234/067"},
        {"level": 0, "index": 273, "width": 112, "path": "0/273.p/112"},
        {"level": 1, "index": 0, "width": 256, "path": "1/000"},
        {"level": 1, "index": 1, "width": 17, "path": "1/001.p/17"},
        {"level": 2, "index": 0, "width": 1, "path": "2/000.p/1"},
    ],
}

NOTE: dict[str, Any] = {
    "source": "C2SP signed-note, from the package golang.org/x/mod/sumdb/note",
    "vkey": "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "note": (
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
        "\n"
    ),
}

TWO_BITS: dict[str, Any] = {
    "source": "IETF Token Status List, a byte array of two bits a place",
    "values": [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3],
    "packed": "c944f9",
}
