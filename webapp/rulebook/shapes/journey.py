from webapp.rulebook.journeys import MAX_PLACES, MIN_PLACES, OWN, ROUTES, RoutePlace, places_of
from webapp.rulebook.shapes.base import Param, Params, RuleText
from webapp.rulebook.shapes.plain import Plain
from webapp.text import listed


class Journey(Plain):
    """Distance along a route with named places, a ready one or the group's own."""

    key = "journey"
    label = "A journey of the whole group, from place to place"
    measures = frozenset({"distance"})
    params = (
        Param(
            "route",
            "The route",
            "choice",
            "west_highland",
            choices={**{key: route.name for key, route in ROUTES.items()}, OWN: "Our own, with these places:"},
        ),
        # The group's own route: pairs of a name and metres from the start.
        Param("places", "Places of your own", "places", (), MIN_PLACES, MAX_PLACES),
    )
    caption = None

    def sentences(self, text: RuleText) -> list[str]:
        places = self.route(text.params)
        along = "" if text.params["route"] == OWN else f" along the {ROUTES[text.params['route']].name}"
        past = [place.name for place in places[1:-1]]
        return [
            f"Your total takes you{along} from {places[0].name} to {places[-1].name}, "
            f"{text.amount(places[-1].metres)}" + (f", past {listed(past)}." if past else "."),
            "Distances along the route are approximate. Every day counts in full, and days are added up.",
        ]

    def route(self, params: Params) -> tuple[RoutePlace, ...]:
        return places_of(params)
