"""The pages a person sees in the browser at the end of an OAuth consent, in French, Dutch or English.

The sentences of the terminal are the catalogue's; these are said by a listener that lives for one consent. May import: nothing of ours.
"""

import html
import re
from enum import StrEnum


class Shown(StrEnum):
    """What a page says."""

    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"  # not an answer to what we asked
    USED = "used"


# Title, what happened, what to do next.
_WORDS: dict[str, dict[Shown, tuple[str, str, str]]] = {
    "en": {
        Shown.DONE: (
            "Consent received",
            "{provider} let us know that you agree.",
            "You can close this page and go back to the terminal, which sets the connection up.",
        ),
        Shown.REFUSED: (
            "No consent was given",
            "{provider} let us know that you don't agree, so nothing was connected.",
            "To try again, run the command in the terminal once more.",
        ),
        Shown.UNKNOWN: (
            "This page doesn't belong to your request",
            "Nothing was changed.",
            "Open the address that the terminal shows and follow it to the end.",
        ),
        Shown.USED: ("This consent was used already", "There is nothing more to do here.", "The terminal tells you how it went."),
    },
    "fr": {
        Shown.DONE: (
            "Accord reçu",
            "{provider} nous a transmis votre accord.",
            "Vous pouvez fermer cette page et revenir au terminal, qui met la connexion en place.",
        ),
        Shown.REFUSED: (
            "L'accord n'a pas été donné",
            "{provider} nous a transmis votre refus : rien n'a été connecté.",
            "Pour réessayer, relancez la commande dans le terminal.",
        ),
        Shown.UNKNOWN: (
            "Cette page ne répond pas à votre demande",
            "Rien n'a été modifié.",
            "Ouvrez l'adresse affichée par le terminal et suivez-la jusqu'au bout.",
        ),
        Shown.USED: ("Cet accord a déjà servi", "Il n'y a plus rien à faire ici.", "Le terminal vous indique le résultat."),
    },
    "nl": {
        Shown.DONE: (
            "Toestemming ontvangen",
            "{provider} liet ons weten dat u akkoord gaat.",
            "U kunt deze pagina sluiten en teruggaan naar de terminal, die de koppeling opzet.",
        ),
        Shown.REFUSED: (
            "Er is geen toestemming gegeven",
            "{provider} liet ons weten dat u niet akkoord gaat; er is niets gekoppeld.",
            "Voer de opdracht in de terminal opnieuw uit om het nog eens te proberen.",
        ),
        Shown.UNKNOWN: (
            "Deze pagina hoort niet bij uw aanvraag",
            "Er is niets gewijzigd.",
            "Open het adres dat de terminal toont en volg het tot het einde.",
        ),
        Shown.USED: ("Deze toestemming is al gebruikt", "U hoeft hier niets meer te doen.", "De terminal toont het resultaat."),
    },
}

_HTML = """<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>
body {{ font: 1.05rem/1.6 system-ui, sans-serif; background: #f4f5f2; color: #22302b; margin: 0 }}
body {{ display: grid; place-items: center; min-height: 100vh }}
main {{ background: #fff; border-top: .4rem solid {colour}; border-radius: .6rem; max-width: 30rem; margin: 1rem; padding: 1.6rem 2.2rem }}
h1 {{ font-size: 1.4rem; margin: 0 0 .6rem }}
p {{ margin: .4rem 0 0 }}
</style></head>
<body><main><h1>{title}</h1><p>{happened}</p><p><strong>{next}</strong></p></main></body>
</html>
"""


def page(shown: Shown, provider: str, accept_language: str) -> bytes:
    """A whole page in the first of the browser's languages that we speak, else in English."""
    asked = re.findall(r"(?:^|,)\s*([a-z]{2})\b", accept_language.lower())
    language = next((language for language in asked if language in _WORDS), "en")
    title, happened, following = (html.escape(text.format(provider=provider)) for text in _WORDS[language][shown])
    colour = "#2f855a" if shown is Shown.DONE else "#b7791f"
    return _HTML.format(language=language, colour=colour, title=title, happened=happened, next=following).encode()
