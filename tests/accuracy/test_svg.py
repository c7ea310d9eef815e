"""Curves as pictures."""

from xml.etree import ElementTree

from tests.accuracy.svg import Axis, chart

NAMESPACE = {"svg": "http://www.w3.org/2000/svg"}


def test_a_chart_is_svg_with_a_line_for_each_curve() -> None:
    lines = {"a < b": [(0.0, 0.0), (1.0, 1.0)], "other": [(0.0, 0.5)]}

    drawn = ElementTree.fromstring(chart("Rates", Axis("x", 0, 1), Axis("y", 0, 1), lines))

    assert len(drawn.findall("svg:polyline", NAMESPACE)) == 2
    words = [element.text for element in drawn.findall("svg:text", NAMESPACE)]
    assert {"Rates", "x", "y", "a < b", "other"} <= set(words)


def test_a_point_outside_the_axes_is_drawn_at_their_edge() -> None:
    axis = Axis("x", 2, 4)

    assert (axis.share(0), axis.share(3), axis.share(9)) == (0, 0.5, 1)
