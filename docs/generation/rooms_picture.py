"""The rooms and their imports as a picture: floors from top to bottom, arrows downwards."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from generation.rooms import Rooms

_WIDTH, _HEIGHT = 940, 30
_BOX, _STEP, _COLUMNS = 116, 74, 7
_MARGIN = 16
_STYLE = """\
text { font: 13px sans-serif; fill: #1c2733; text-anchor: middle; }
rect { fill: #ffffff; stroke: #51606f; } rect.torch { fill: #fde9d2; }
path { fill: none; stroke: #8a98a6; marker-end: url(#head); }
.floor { fill: #f3f6f8; stroke: none; }"""

Place = tuple[float, float]


def draw_rooms(rooms: Rooms) -> str:
    """An SVG. An arrow is left out where another room on the way has it; the lowest floor, which
    nearly all rooms import, has none. Rooms that load torch are tinted."""
    places = _places(rooms)
    height = len(rooms.floors) * _STEP + 2 * _MARGIN - (_STEP - _HEIGHT)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
            "<title>The rooms of pneumoscope, floor by floor, and what they import</title>",
            f"<style>{_STYLE}</style>",
            '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
            'markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z" '
            'style="fill:#8a98a6;stroke:none;marker-end:none"/></marker></defs>',
            f'<rect width="{_WIDTH}" height="{height}" style="stroke:none"/>',
            *_floors(rooms),
            *_lines(_arrows(rooms), places),
            *_boxes(places, rooms.load_torch),
            "</svg>\n",
        ]
    )


def _places(rooms: Rooms) -> dict[str, Place]:
    """The middle of each room's box, on a grid: no arrow behind a box, and as few crossings and as
    short ways as moving room by room can bring about."""
    floors = {name: floor for floor, names in enumerate(rooms.floors) for name in names}
    columns = {
        name: round((place + 0.5) * _COLUMNS / len(names) - 0.5)
        for names in rooms.floors
        for place, name in enumerate(names)
    }
    arrows = _arrows(rooms)

    def placed() -> dict[str, Place]:
        return {
            name: (
                (columns[name] + 0.5) * _WIDTH / _COLUMNS,
                _MARGIN + floor * _STEP + _HEIGHT / 2,
            )
            for name, floor in floors.items()
        }

    cost, changed = _cost(placed(), arrows), True
    while changed:
        changed = False
        for name, column in itertools.product(floors, range(_COLUMNS)):
            before = dict(columns)
            for other in rooms.floors[floors[name]]:
                if columns[other] == column:
                    columns[other] = columns[name]
            columns[name] = column
            if (tried := _cost(placed(), arrows)) < cost:
                cost, changed = tried, True
            else:
                columns = before
    return placed()


def _arrows(rooms: Rooms) -> list[tuple[str, str]]:
    lowest = rooms.floors[-1]
    return [
        (room, below)
        for floor in rooms.floors
        for room in floor
        for below in sorted(rooms.reduced[room])
        if below not in lowest
    ]


def _cost(places: Mapping[str, Place], arrows: Sequence[tuple[str, str]]) -> float:
    ways = [(places[upper], places[lower]) for upper, lower in arrows]
    hidden = sum(
        any(abs(_x_at(way, y + dy) - x) < _BOX / 2 + 4 for dy in (-_HEIGHT / 2, 0, _HEIGHT / 2))
        for way in ways
        for x, y in places.values()
        if way[0][1] < y < way[1][1]
    )
    crossings = 0
    for one, other in itertools.combinations(ways, 2):
        top, bottom = max(one[0][1], other[0][1]), min(one[1][1], other[1][1])
        if top < bottom:
            left, right = (_x_at(one, y) - _x_at(other, y) for y in (top, bottom))
            crossings += left * right < 0
    length = sum(abs(lower[0] - upper[0]) for upper, lower in ways)
    return 1e6 * hidden + 1000 * crossings + length


def _x_at(way: tuple[Place, Place], y: float) -> float:
    """Where a straight way stands at a height between its ends."""
    (x, top), (to_x, bottom) = way
    return x + (to_x - x) * (y - top) / (bottom - top)


def _floors(rooms: Rooms) -> Iterator[str]:
    for floor in range(len(rooms.floors)):
        y = _MARGIN + floor * _STEP - 8
        yield f'<rect class="floor" x="0" y="{y}" width="{_WIDTH}" height="{_HEIGHT + 16}"/>'


def _lines(arrows: Sequence[tuple[str, str]], places: Mapping[str, Place]) -> Iterator[str]:
    for upper, lower in arrows:
        (x, y), (to_x, to_y) = places[upper], places[lower]
        way = (x, y + _HEIGHT / 2), (to_x, to_y - _HEIGHT / 2 - 1)
        yield '<path d="M{:.0f} {:.0f} L{:.0f} {:.0f}"/>'.format(*way[0], *way[1])


def _boxes(places: Mapping[str, Place], torch: frozenset[str]) -> Iterator[str]:
    for name, (x, y) in places.items():
        kind = ' class="torch"' if name in torch else ""
        left, top = x - _BOX / 2, y - _HEIGHT / 2
        yield (
            f'<rect{kind} x="{left:.0f}" y="{top:.0f}" width="{_BOX}" height="{_HEIGHT}" rx="5"/>'
            f'<text x="{x:.0f}" y="{y + 4:.0f}">{name}</text>'
        )
