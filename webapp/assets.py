"""Static files: the stylesheet, joined from its layers, and addresses that change with the content.

`url_for("static", filename=...)` adds a digest of the file. Browsers keep what such an address gave them for a year.
Without the digest, or with that of another version, an address works as well, and browsers ask for it each time.
Files are read when the application starts.
"""

import hashlib
import re
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

STATIC = Path(__file__).parent / "static"
STYLES = Path(__file__).parent / "styles"
STYLESHEET = "css/app.css"
# A rule of a later layer wins over those of earlier layers, whatever their selectors are.
LAYERS = ("tokens", "base", "layout", "components", "utilities")
KEEP = "public, max-age=31536000, immutable"
IMAGE = re.compile(r'url\("\.\./([^"]+)"\)')


def init_app(app: Flask) -> None:
    """Serve the joined stylesheet and the files under `static`, and add digests to their addresses."""
    files = [path for path in STATIC.rglob("*") if path.is_file()]
    digests = {path.relative_to(STATIC).as_posix(): _digest(path.read_bytes()) for path in files}
    stylesheet = join_styles(digests).encode()
    digests[STYLESHEET] = _digest(stylesheet)

    def static(filename: str) -> Response:
        response = _answer(stylesheet) if filename == STYLESHEET else app.send_static_file(filename)
        if request.args.get("v") == digests.get(filename, ""):
            response.headers["Cache-Control"] = KEEP
        return response

    @app.url_defaults
    def add_digest(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and (digest := digests.get(values["filename"])):
            values["v"] = digest

    app.view_functions["static"] = static


def join_styles(digests: dict[str, str]) -> str:
    """Return the stylesheet: each file of `styles` in its layer, with the digests of the images that they name."""
    layers = "".join(f"@layer {layer} {{\n{_styles_of(layer)}}}\n" for layer in LAYERS)
    css = f"@layer {', '.join(LAYERS)};\n{layers}"
    return IMAGE.sub(lambda found: f'url("../{found[1]}?v={digests[found[1]]}")', css)


def _styles_of(layer: str) -> str:
    """Return the rules of a layer: those of the file of its name, or those in the folder of its name."""
    return "".join(path.read_text() for path in [*STYLES.glob(f"{layer}.css"), *sorted((STYLES / layer).glob("*.css"))])


def _answer(stylesheet: bytes) -> Response:
    response = Response(stylesheet, mimetype="text/css")
    response.cache_control.no_cache = True
    response.add_etag()
    response.make_conditional(request)
    return response


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
