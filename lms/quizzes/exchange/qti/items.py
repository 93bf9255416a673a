"""How an item of each kind of interaction becomes a question of ours, and why some do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any
from xml.etree.ElementTree import Element

from lms.courses.domain.content import Text
from lms.quizzes.exchange.making import (
    ALL_OR_NOTHING,
    PROPORTIONAL,
    Choice,
    Head,
    Written,
    all_or_nothing_choice,
    check_stem,
    matching,
    multiple_choice,
    numerical,
    short_text,
    single_choice,
)
from lms.quizzes.exchange.option_keys import letters
from lms.quizzes.exchange.qti.marking import Response, Rule, read_response, rule_of, tolerance_of
from lms.quizzes.exchange.qti.prose import Prose
from lms.quizzes.exchange.report import N_, fault, skip
from lms.quizzes.exchange.to_markdown import Notes
from lms.quizzes.exchange.xml import all_text, attribute, child, children, line_of, local
from lms.quizzes.questions import Item, OrderingQuestion

_DRAGGED = N_(
    "Something is dragged onto or marked in a picture, which not everybody can do. Ask it as a matching question."
)
SKIPPED: Mapping[str, str] = {
    "extendedTextInteraction": N_("An essay is marked by a person. Make it an assignment."),
    "uploadInteraction": N_("A file is handed in. Make it an assignment."),
    "drawingInteraction": N_("Something is drawn. Make it an assignment."),
    "associateInteraction": N_(
        "Pairs are made within one list. Here each left side has a right side: ask it as a matching question."
    ),
    "gapMatchInteraction": N_(
        "Words are dragged into a text. Here nothing needs dragging: ask it as a matching question."
    ),
    "hottextInteraction": N_("Words are marked in a text. Ask it as a question with several right options."),
    "sliderInteraction": N_("A number is chosen with a slider. Ask for the number instead."),
    "hotspotInteraction": _DRAGGED,
    "selectPointInteraction": _DRAGGED,
    "graphicOrderInteraction": _DRAGGED,
    "graphicAssociateInteraction": _DRAGGED,
    "graphicGapMatchInteraction": _DRAGGED,
    "positionObjectInteraction": _DRAGGED,
    "mediaInteraction": N_("A recording is played. Put it into a lesson and ask about it."),
    "endAttemptInteraction": N_("The question changes while it is answered. Here a question stays as it is."),
    "customInteraction": N_("The question needs a program of its own. Such are not run here."),
    "portableCustomInteraction": N_("The question needs a program of its own. Such are not run here."),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """An item with its only interaction."""

    item: Element
    interaction: Element
    head: Head
    prose: Prose
    response: Response
    rule: Rule

    @property
    def notes(self) -> Notes:
        """What a reader of the preview should know."""
        return self.prose.texts.notes


def read_item(item: Element, head: Head, prose: Prose) -> Any:
    """The question that an item asks; raises CannotRead."""
    if attribute(item, "adaptive") == "true":
        raise skip(N_("The question changes while it is answered. Here a question stays as it is."))
    if children(item, "templateDeclaration") or child(item, "templateProcessing") is not None:
        raise skip(N_("Values of the question are drawn anew for each person. Here a question has fixed values."))
    body = child(item, "itemBody")
    if body is None:
        raise fault(N_("The item has no “itemBody”."), line_of(item))
    interaction = _only_interaction(body)
    response = read_response(item, attribute(interaction, "responseIdentifier"))
    head = replace(head, stem=prose.inside(body, interaction) or {}, feedback=_overall(item, prose))
    rule = rule_of(item)
    asked = Asked(item, interaction, head, prose, response, rule)
    if rule is Rule.NONE:
        if not response.correct:
            raise skip(N_("The item does not say which answer is right."))
        asked.notes.add(N_("The item does not say how it is marked. It is taken as all or nothing."))
    return _KINDS[local(interaction)](asked)


def _only_interaction(body: Element) -> Element:
    interactions = [one for one in body.iter() if local(one).endswith("Interaction")]
    if not interactions:
        raise skip(N_("This is a text without a question. Put it into a lesson."))
    for one in interactions:
        if local(one) in SKIPPED:
            raise skip(SKIPPED[local(one)])
    if len(interactions) > 1:
        raise skip(N_("The item asks several questions at once. Here each is a question of its own."))
    if local(interactions[0]) not in _KINDS:
        raise skip(N_("Questions of the kind “%(kind)s” have no counterpart here."), kind=local(interactions[0])[:60])
    return interactions[0]


def _defaults(item: Element) -> dict[str, str]:
    return {
        attribute(one, "identifier"): all_text(child(one, "defaultValue"))
        for one in children(item, "outcomeDeclaration")
    }


def _overall(item: Element, prose: Prose) -> Text | None:
    """The feedback that everybody gets: its outcome has from the start the value that shows it."""
    defaults = _defaults(item)
    for modal in children(item, "modalFeedback"):
        if attribute(modal, "identifier") and defaults.get(attribute(modal, "outcomeIdentifier")) == attribute(
            modal, "identifier"
        ):
            return prose.inside(modal)
    return None


def _feedback(asked: Asked, choice: Element) -> Text | None:
    """What is said to whoever chooses: inside the choice, and after the question under the choice's name."""
    name = attribute(choice, "identifier")
    found = [part for part in choice.iter() if local(part) in ("feedbackInline", "feedbackBlock")]
    found += [
        modal
        for modal in children(asked.item, "modalFeedback")
        if attribute(modal, "identifier") == name and attribute(modal, "showHide", "show") == "show"
    ]
    said = [text for part in found if (text := asked.prose.inside(part))]
    if not said:
        return None
    language = asked.prose.texts.language
    return {language: "\n\n".join(text[language] for text in said)}


def _note_other_feedback(asked: Asked, known: set[str]) -> None:
    defaults = _defaults(asked.item)
    for modal in children(asked.item, "modalFeedback"):
        is_overall = defaults.get(attribute(modal, "outcomeIdentifier")) == attribute(modal, "identifier")
        is_taken = attribute(modal, "identifier") in known and attribute(modal, "showHide", "show") == "show"
        if not is_overall and not is_taken:
            asked.notes.add(
                N_(
                    "What is said to every right, partly right or wrong answer is not taken in; feedback to single answers and to everybody is."
                )
            )


def _choices(asked: Asked, name: str) -> list[Element]:
    found = children(asked.interaction, name)
    _note_other_feedback(asked, {attribute(choice, "identifier") for choice in found})
    return found


def _shares(asked: Asked, names: list[str]) -> list[Fraction]:
    response = asked.response
    if asked.rule is not Rule.MAP:
        if not response.correct:
            raise fault(N_("No option is marked as right."), line_of(asked.item))
        return [Fraction(name in response.correct) for name in names]
    if response.whole <= 0:
        raise fault(N_("No option is marked as right."), line_of(asked.item))
    return [response.parts.get(name, response.default) / response.whole for name in names]


def _choice(asked: Asked) -> Any:
    elements = _choices(
        asked, "inlineChoice" if local(asked.interaction) == "inlineChoiceInteraction" else "simpleChoice"
    )
    shares = _shares(asked, [attribute(one, "identifier") for one in elements])
    choices = [
        Choice(asked.prose.inside(one) or {}, share, _feedback(asked, one))
        for one, share in zip(elements, shares, strict=True)
    ]
    most = attribute(asked.interaction, "maxChoices", "1")
    if asked.response.cardinality == "single":
        return single_choice(asked.head, choices)
    if most.isdecimal() and 0 < int(most) < len(choices):
        asked.notes.add(
            N_("In the file at most %(count)s options may be chosen. Here as many as one likes."), count=int(most)
        )
    if asked.rule is Rule.MAP:
        return multiple_choice(asked.head, choices, asked.notes)
    return all_or_nothing_choice(asked.head, choices)


def _order(asked: Asked) -> Any:
    check_stem(asked.head)
    elements = {attribute(one, "identifier"): one for one in _choices(asked, "simpleChoice")}
    if asked.rule is Rule.MAP:
        raise skip(N_("Parts of the order earn parts of the points by a rule for which there is nothing here."))
    if sorted(asked.response.correct) != sorted(elements):
        raise skip(N_("Only some of the things are put in order. Here all of them are."))
    items = tuple(
        Item(letters(place), asked.prose.inside(elements[name]) or {}, _feedback(asked, elements[name]))
        for place, name in enumerate(asked.response.correct)
    )
    return OrderingQuestion(items=items, marking=ALL_OR_NOTHING, **asked.head.common())


def _match(asked: Asked) -> Any:
    sets = [children(one, "simpleAssociableChoice") for one in children(asked.interaction, "simpleMatchSet")]
    if len(sets) != 2:
        raise fault(N_("There are no two lists to match."), line_of(asked.interaction))
    texts = [{attribute(one, "identifier"): asked.prose.inside(one) or {} for one in side} for side in sets]
    lefts, rights = texts
    pairs = [(first, second) for first, _blank, second in (value.partition(" ") for value in asked.response.correct)]
    if asked.rule is Rule.MAP:
        positive = {key: part for key, part in asked.response.parts.items() if part > 0}
        if (
            len(set(positive.values())) > 1
            or any(part < 0 for part in asked.response.parts.values())
            or asked.response.default < 0
        ):
            raise skip(
                N_(
                    "The pairs earn different parts of the points, or wrong ones cost some. Here each pair earns the same."
                )
            )
        pairs = [(first, second) for first, _blank, second in (key.partition(" ") for key in positive)]
    used = [first for first, _second in pairs]
    if len(set(used)) != len(used) or set(used) != set(lefts) or any(second not in rights for _first, second in pairs):
        raise skip(N_("Some things on the left have no counterpart or several. Here each has exactly one."))
    chosen = dict(pairs)
    return matching(
        asked.head,
        [(text, rights[chosen[name]]) for name, text in lefts.items()],
        [text for name, text in rights.items() if name not in chosen.values()],
        PROPORTIONAL if asked.rule is Rule.MAP else ALL_OR_NOTHING,
    )


def _text(asked: Asked) -> Any:
    response = asked.response
    _note_other_feedback(asked, set())
    if response.base_type in ("float", "integer"):
        return _number(asked)
    if asked.rule is Rule.EQUAL:
        raise skip(
            N_("The item is marked by a rule of its own. Here only the usual rules are known, and none is guessed at.")
        )
    if asked.rule is Rule.MAP:
        if response.whole <= 0:
            raise fault(N_("There is no accepted answer."), line_of(asked.item))
        found = [
            Written(key.replace("*", r"\*"), part / response.whole) for key, part in response.parts.items() if part >= 0
        ]
    else:
        found = [Written(value.replace("*", r"\*"), Fraction(1)) for value in response.correct]
    is_case_free = asked.rule is Rule.MAP and not response.minds_case
    return short_text(asked.head, found, asked.prose.texts.language, ignore_case=is_case_free, notes=asked.notes)


def _number(asked: Asked) -> Any:
    response = asked.response
    tolerance = tolerance_of(asked.item) if asked.rule is Rule.EQUAL else "0"
    if asked.rule is Rule.MAP:
        whole = response.whole
        found = [Written(key, part / whole) for key, part in response.parts.items() if part >= 0 and whole > 0]
    else:
        found = [Written(value, Fraction(1), None, tolerance) for value in response.correct]
    return numerical(asked.head, found, [], unit_required=False, notes=asked.notes, line=line_of(asked.item))


_KINDS: Mapping[str, Callable[[Asked], Any]] = {
    "choiceInteraction": _choice,
    "inlineChoiceInteraction": _choice,
    "orderInteraction": _order,
    "matchInteraction": _match,
    "textEntryInteraction": _text,
}
