"""Invented first and last names by language, with the accents, apostrophes, hyphens and particles real lists have. No rules here.

May import: nothing of ours.
"""

import re
import unicodedata

FIRST = {
    "F": """Zoé Élise François Jérôme Chloé Hélène Anaïs Loïc Maël Benoît Cédric Aurélie Noémie Théo Gaëlle Jean-Luc Anne-Sophie Marie-Ève
        Rémi Inès Léa Clément Mathéo Sébastien Stéphanie Thérèse Valérie Yves Océane Lætitia Amandine Bérénice Corentin Désiré
        Édouard Fabien""",
    "N": """Joris Sander Liesbeth Anneleen Pieter Wouter Katrien Noor Fien Bram Maarten Sofie Lotte Stijn Ruben Griet Hilde Koenraad Loïs
        Mieke Niels Renée Saskia Thijs Veerle Wim Jan-Willem Andreï Bieke Daan Eline Femke Gijs Hannelore""",
    "D": """Jürgen Günther Käthe Björn Heike Uwe Annelie Sören Jörg Bärbel Götz Hans-Peter Ulrike Wolfgang Dörte Friedrich Gesa Ingrid""",
    "E": """Siobhán Oisín Callum Harriet Imogen Nigel Rhys Eleanor Priya Tomasz""",
}
LAST = {
    "F": """Lefèvre D'Haene L'Hermite Le_Goff Saint-Amand Gérard Noël N'Guessan Dupré Béranger Château Desprès Étienne Fabre Garnier Hébert
        Joly Kléber Lemaître Mercier Naudé Ollivier Périn Quérard Rémy Sénéchal Thévenin Urbain Vallée Warnier Yvard Ziegler Delvaux Colin
        Brûlé d'Artois du_Chêne de_la_Tour Bonnefoy Marchand Poulain Roussel""",
    "N": """Van_den_Broeck Van_der_Meer De_Smet 't_Kindt Peeters Janssens Vandenbroucke D'Hondt Op_de_Beeck Ver_Eecke Claes Maes Jacobs
        Mertens Willems Goossens Wouters De_Backer Van_Damme Hermans Lambrecht Pauwels Segers Aerts Van_'t_Hof Cools Desmedt Verhaegen
        Moens""",
    "D": """Müller Schröder Groß Weiß von_Hagen zu_Stein Köhler Jäger Böhm Krüger Schäfer Hübner Vogel Pfeiffer Lindner Brandt""",
    "E": """O'Brien Fitz-Gerald McAllister Whitcombe Ashworth Pemberton Nowak O'Shea""",
}
TRADE = """Menuiserie Boulangerie Garage Pharmacie Bakkerij Drukkerij Schrijnwerkerij Transports Clinique Cabinet Jardinerie Librairie
    Papeterie Verrerie Filature Serrurerie Horlogerie Slagerij Meubelmakerij Vélodrome"""


def slug(name: str) -> str:
    """A name as an e-mail address spells it: no accents, blanks or signs, lower case."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("æ", "ae")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", plain)


def named(words: dict[str, str]) -> dict[str, list[tuple[str, str]]]:
    """(name, slug) pairs by language."""
    return {language: [(w.replace("_", " "), slug(w)) for w in text.split()] for language, text in words.items()}


FIRST_NAMES = named(FIRST)
LAST_NAMES = named(LAST)
TRADES = TRADE.split()
