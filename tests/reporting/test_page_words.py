"""The words of the page: the first screen, assumptions, checklist, methods, references."""

import dataclasses
import re

import pytest

from mediation.reporting.contents import Entry
from mediation.reporting.draw_answer import answer_alt, draw_answer
from mediation.reporting.draw_style import ACCENT, INK
from mediation.reporting.headline_rows import headlines_of
from mediation.reporting.page.agrema import WARNING, checklist
from mediation.reporting.page.assumptions import assumptions_of
from mediation.reporting.page.chapters import asked, chapters, part_name, places, resolve
from mediation.reporting.page.glance import at_a_glance, overturned_sentence, question
from mediation.reporting.page.methods_text import methods_text
from mediation.reporting.page.overview import overview_table
from mediation.reporting.page.references import references_in
from mediation.reporting.page.svg import inline_svg
from mediation.reporting.robustness.part import RobustnessPart
from mediation.reporting.wording import labels_of
from mediation.sensitivity.order import in_sd

NOUNS = ("client", "clients")


def part(name, *, overturns, answer="An answer."):
    return RobustnessPart(f"{name}-1", f"What of {name}?", answer, (), overturns=overturns)


def glance(contents, parts=()):
    entry = contents.entries[0]
    rows = tuple(row for row in headlines_of(contents) if row.entry is entry)
    found = at_a_glance(contents, entry, rows, parts, labels_of(contents))
    return {item.question: item for item in found}


def test_the_five_questions(make):
    parts = (
        part("confounding", overturns=True),
        part("leave-one-out", overturns=False),
        part("detectable", overturns=None, answer="The smallest is 0.5."),
    )
    found = glance(make.study(), parts)
    assert list(found) == [
        "What was found?",
        "How sure is that?",
        "What would overturn it?",
        "And if teams were ignored?",
        "How can it be repeated?",
    ]
    assert "excludes zero" in found["What was found?"].answer or "exclude zero" in (
        found["What was found?"].answer
    )
    # 0.2 points, SD 0.4 of fidelity, SD 20 of the outcome: 0.2 * 0.4 / 20.
    assert "SD of the outcome per SD of SMCM fidelity" in found["What was found?"].answer
    sure = found["How sure is that?"].answer
    assert sure == (
        "How SMCM fidelity acts is known from 14 teams (11.0 degrees of freedom), not from 243 "
        "clients. The smallest is 0.5."
    )
    overturned = found["What would overturn it?"]
    assert overturned.answer.startswith("1 of the 2 questions")
    assert overturned.links == (("part-confounding-1", "What of confounding?"),)
    assert "mediation verify" in found["How can it be repeated?"].answer


def test_none_overturned_is_no_proof():
    assert "no proof" in overturned_sentence(10, 0, 2)
    assert overturned_sentence(10, 3, 0).startswith("3 of the 10 questions put to it below change ")


def test_without_clusters_nothing_is_ignored(make):
    base = make.study()
    cell = make.cell("quality_of_life", None, clusters=())
    alone = dataclasses.replace(
        base,
        entries=(Entry("One", ("indirect", "single"), (dataclasses.replace(cell, blind=None),)),),
    )
    found = glance(alone)
    assert found["How sure is that?"].answer == (
        "The analysis takes 243 clients as independent of each other."
    )
    assert "this is a draft" in found["What would overturn it?"].answer


def test_question_names_predictor_outcomes_and_mediator(make):
    contents = make.study()
    assert question(contents.entries[0], labels_of(contents)) == (
        "Does SMCM fidelity act on quality of life, hope and community functioning through "
        "working alliance?"
    )


def test_no_sentence_of_the_first_screen_says_more_than_its_interval(make):
    for contents in (make.study(), make.flat(), make.ugly()):
        said = " ".join(item.answer for item in glance(contents).values())
        assert not re.search(r"\b(prove[sd]?|no effect|significant|cause[sd])\b", said)


def test_effects_in_standard_deviations(make):
    result = make.cell("hope", None).result
    value = in_sd(result, result.effects[0])
    assert value.estimate == pytest.approx(0.2 * 0.4 / 20)
    assert (value.conf_low, value.conf_high) == pytest.approx((0.1 * 0.4 / 20, 0.3 * 0.4 / 20))


def test_answer_figure_has_a_row_for_each_headline_and_its_blind_one(make):
    contents = make.study()
    entry, labels = contents.entries[0], labels_of(contents)
    rows = headlines_of(contents)
    figure = draw_answer(entry, rows, labels)
    plot = figure.axes[0]
    markers = [line for line in plot.lines if line.get_marker() in ("o", "s")]
    assert len(markers) == 2 * len(rows)
    declared = [line for line in markers if line.get_marker() == "o"]
    assert {line.get_color() for line in declared} == {ACCENT}
    drawn = [float(line.get_xdata()[0]) for line in declared]
    assert drawn == pytest.approx([in_sd(r.cell.result, r.row).estimate for r in rows])
    assert "Quality of life" in answer_alt(rows, labels)


def test_no_answer_figure_without_an_estimate(make):
    cell = make.cell("age", None, broken=True, covariates=())
    contents = make.contents(entries=(Entry("One", ("indirect", "within"), (cell,)),))
    assert draw_answer(contents.entries[0], headlines_of(contents), {}) is None


def test_figures_take_the_colors_of_the_page():
    svg = f'<svg width="72pt"><path style="fill: {INK}; stroke:{ACCENT}"/></svg>'
    made = inline_svg(svg, "f", "words")
    assert "fill: var(--ink); stroke:var(--accent)" in made


def test_chapters_and_parts_are_found_by_name():
    known = chapters({"truth": False, "missing": False})
    assert "truth" not in known
    found = places(known, [part("leave-one-out", overturns=None)])
    assert [place.anchor for place in resolve(("leave_one_out", "effects", "nothing"), found)] == [
        "part-leave-one-out-1",
        "effects",
    ]


def test_parts_with_a_chapter_of_their_own_ask_nothing():
    parts = [part(n, overturns=None) for n in ("detectable", "order", "diagnostics")]
    assert [part_name(each) for each in asked(parts)] == ["order"]
    assert overview_table([], 1) is None
    table = overview_table(asked(parts), 1)
    assert table.rows == (("What of order?", "An answer.", "cannot be said"),)


def test_assumptions_speak_of_the_study(make):
    contents = make.study()
    found = assumptions_of(contents.entries[0], labels_of(contents), NOUNS)
    whole = " ".join(each.needed for each in found)
    assert "SMCM fidelity was not randomized" in whole
    assert "{" not in whole
    assert len(found) == len({each.name for each in found}) >= 9
    untested = [each.name for each in found if not each.parts]
    assert untested == ["No cause of mediator and outcome is itself changed by the predictor"]


def test_assumptions_without_interviews_say_that_order_is_not_shown(make):
    contents = make.flat()
    found = assumptions_of(contents.entries[0], labels_of(contents), ("pupil", "pupils"))
    assert any("These data do not show it" in each.needed for each in found)
    assert "pupils of one school" in " ".join(each.needed for each in found)


def test_checklist_has_25_items_and_only_chapters_that_exist():
    items = checklist({"effects"})
    assert [item.number for item in items] == list(range(1, 26))
    assert {c for item in items for c in item.chapters} == {"effects"}
    assert all(item.author for item in items if not item.chapters and item.number < 8)
    assert "Compare" in WARNING


def test_methods_have_the_numbers_filled_in(make):
    contents = make.study()
    text = " ".join(m.text for m in methods_text(contents, contents.entries[0], ["Why?"]))
    for said in (
        "311 clients in 14 teams of 7 organizations",
        "4.5 → 9 months, 13.5 → 18 months",
        "The models rest on 243 clients",
        "quality of life, hope and community functioning",
        "20,000 draws, seed 20220503",
        "Their 6 p-values",
        "Kenward & Roger, 1997",
        "numpy 2.4.6",
        "1 question put to the answer: Why?",
    ):
        assert said in text
    assert "{" not in text


def test_methods_of_one_model_without_interviews_claim_neither(make):
    contents = make.flat()
    text = " ".join(m.text for m in methods_text(contents, contents.entries[0], []))
    assert "interview" not in text
    assert "p-values were adjusted" not in text
    assert "9,679 pupils" in text


def test_references_are_those_named():
    found = references_in(["after Kenward & Roger (1997) and Holm, 1979", "see Imai et al. 2011"])
    assert [text.split(",")[0] for text in found] == ["Holm", "Kenward"]


def test_works_named_in_the_methods_have_a_reference(make):
    contents = make.study()
    text = " ".join(m.text for m in methods_text(contents, contents.entries[0], []))
    named = set(re.findall(r"([A-Z][A-Za-z]+)(?:,| &)[^.;()]*?,? \(?((?:19|20)\d\d)", text))
    listed = " ".join(references_in([text]))
    for name, year in named:
        assert re.search(rf"{name}.*\({year}\)", listed), (name, year)
    assert named
