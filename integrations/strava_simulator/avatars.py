"""A face for everybody, drawn from their number."""

from flask import Blueprint, Response

from integrations.strava_simulator.figures import dice

blueprint = Blueprint("avatars", __name__)

SKINS = ("#f2d3b8", "#e3b58c", "#c98f62", "#9c6a42", "#6f4a2f")
HAIRS = ("#2b2320", "#5b3a24", "#8c5a2b", "#c99b4a", "#8a8a8f", "#3a2a44")
HUES = (165, 195, 220, 250, 285, 330, 140)


@blueprint.get("/avatars/<int:athlete_id>.svg")
def avatar(athlete_id: int) -> Response:
    """Draw the athlete's picture; the same number always has the same face."""
    answer = Response(draw(athlete_id), mimetype="image/svg+xml")
    answer.headers["Cache-Control"] = "public, max-age=86400"
    return answer


def draw(number: int) -> str:
    """Return an SVG of 124 by 124 pixels."""
    chance = dice("face", number)
    skin, hair, hue = chance.choice(SKINS), chance.choice(HAIRS), chance.choice(HUES)
    sun, brow = chance.randint(22, 100), chance.randint(34, 42)
    long_hair = f'<path d="M36 60q-4 34 8 42h36q12-8 8-42z" fill="{hair}"/>' if chance.random() < 0.5 else ""
    cap = f'<path d="M36 54q2-24 26-24t26 24q14 1 18 6H36z" fill="hsl({hue + 140} 45% 45%)"/>'
    top = (
        cap
        if chance.random() < 0.4
        else f'<path d="M35 58q-3-32 27-32t27 32q-8-18-27-{brow - 22}-19 0-27 {brow - 24}z" fill="{hair}"/>'
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 124 124" width="124" height="124">'
        f'<rect width="124" height="124" fill="hsl({hue} 42% 82%)"/>'
        f'<circle cx="{sun}" cy="24" r="13" fill="hsl({hue + 40} 70% 92%)"/>'
        f'<path d="M0 92q30-16 62-6t62-4v42H0z" fill="hsl({hue} 32% 66%)"/>'
        f"{long_hair}"
        f'<path d="M24 124q2-30 38-30t38 30z" fill="hsl({hue + 180} 40% 42%)"/>'
        f'<rect x="53" y="80" width="18" height="20" rx="8" fill="{skin}"/>'
        f'<ellipse cx="62" cy="62" rx="25" ry="29" fill="{skin}"/>'
        f"{top}"
        '<circle cx="53" cy="63" r="2.6" fill="#222"/><circle cx="71" cy="63" r="2.6" fill="#222"/>'
        '<path d="M53 76q9 7 18 0" fill="none" stroke="#222" stroke-width="2.4" stroke-linecap="round"/>'
        "</svg>"
    )
