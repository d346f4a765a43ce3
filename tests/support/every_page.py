"""The addresses of all pages about a group and a challenge, and what an answer says."""

from io import BytesIO
from zipfile import ZipFile

from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.support.boards import Made
from tests.support.builders import invite_of


def pages(app: Flask, made: Made) -> list[str]:
    """Return the address of every page that these values fill in."""
    known = {"slug": made.group.slug, "challenge_id": made.challenge.id, "team_id": made.teams[0]}
    known |= {"runner_id": made.runners[0], "invite": invite_of(made.group), "preset_key": "distance"}
    adapter = app.url_map.bind("localhost")

    def fits(rule: Rule) -> bool:
        return "GET" in (rule.methods or ()) and rule.arguments <= known.keys() and rule.endpoint != "static"

    return [
        adapter.build(rule.endpoint, {name: known[name] for name in rule.arguments})
        for rule in app.url_map.iter_rules()
        if fits(rule)
    ]


def said(answer: TestResponse) -> str:
    """Return the text of an answer; of an archive, all that is packed in it; of a picture, its bytes as letters."""
    if (answer.mimetype or "").startswith("image/"):
        return str(answer.data, "latin-1")
    if answer.mimetype != "application/zip":
        return answer.text
    with ZipFile(BytesIO(answer.data)) as archive:
        return "\n".join(archive.read(name).decode() for name in archive.namelist())
