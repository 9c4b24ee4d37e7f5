"""A workflow as a graph: what its nodes hold, and how they are linked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rushes.catalog.workflow import title_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Place = tuple[str, str]
"""An input: the id of its node, and its name."""

TEXTS = ("text", "prompt", "value", "string")
"""Names of inputs with a text."""

SEEDS = ("noise_seed", "seed")

DEEPEST = 50
"""Links that are followed from a node."""


class Graph:
    """A workflow in API format.

    Args:
        graph: nodes by id.
    """

    def __init__(self, graph: Mapping[str, Any]) -> None:
        self._graph = graph
        self.kinds: Mapping[str, str] = {each: node["class_type"] for each, node in graph.items()}

    # --- names ------------------------------------------------------------------------------------

    def title(self, node_id: str) -> str:
        """The title of a node, else its class."""
        return title_of(self._graph[node_id])

    def name(self, node_id: str) -> str:
        """How a provider's file names a node: by its title if no other has it."""
        title = self.title(node_id)
        titles = [self.title(each) for each in self._graph]
        is_plain = not title.startswith("#") and title.isprintable() and title == title.strip()
        return title if titles.count(title) == 1 and is_plain else f"#{node_id}"

    def address(self, place: Place) -> str:
        """How a provider's file names an input."""
        return f"{self.name(place[0])}.{place[1]}"

    # --- values and links -------------------------------------------------------------------------

    def inputs(self, node_id: str) -> Mapping[str, Any]:
        """The inputs of a node: values and links."""
        found: Mapping[str, Any] = self._graph[node_id]["inputs"]
        return found

    def value(self, place: Place) -> Any:
        """What an input holds."""
        return self.inputs(place[0]).get(place[1])

    def of(self, kind: str) -> list[str]:
        """The nodes of a class."""
        return [node_id for node_id, each in self.kinds.items() if each == kind]

    def source(self, place: Place) -> str | None:
        """The node that an input is linked to."""
        value = self.value(place)
        is_link = isinstance(value, list) and len(value) == 2 and str(value[0]) in self._graph  # noqa: PLR2004 - node and output
        return str(value[0]) if is_link else None

    def origin(self, place: Place) -> Place | None:
        """Where the value of an input is written: there, or in the node that it comes from.

        Followed are nodes that hand one value on, e.g. a primitive or a sum of one number.
        """
        for _ in range(DEEPEST):
            node_id = self.source(place)
            if node_id is None:
                return None if isinstance(self.value(place), list) else place
            inputs = self.inputs(node_id)
            if "value" in inputs:
                place = node_id, "value"
                continue
            linked = [name for name in inputs if self.source((node_id, name)) is not None]
            if len(linked) != 1:
                return None
            place = node_id, linked[0]
        return None

    def uses(self, node_id: str) -> list[str]:
        """Names of the inputs that a node's output goes to; scaling on the way does not count."""
        found: list[str] = []
        for other in self._graph:
            for name in self.inputs(other):
                if self.source((other, name)) == node_id:
                    is_passing = "Scale" in self.kinds[other] or "Resize" in self.kinds[other]
                    found += self.uses(other) if is_passing else [name]
        return found

    def literals(self, names: Sequence[str]) -> Iterator[Place]:
        """Inputs of these names that hold a number."""
        for node_id in self._graph:
            for name in self.inputs(node_id):
                if name in names and _is_number(self.value((node_id, name))):
                    yield node_id, name

    def first(self, names: Sequence[str]) -> Place | None:
        """Where the value of the first input of one of these names is written."""
        for name in names:
            for node_id in self._graph:
                if name in self.inputs(node_id):
                    found = self.origin((node_id, name))
                    if found is not None:
                        return found
        return None

    # --- what a request fills ---------------------------------------------------------------------

    def text_behind(self, name: str) -> Place | None:
        """The text that an input of this name, e.g. ``positive`` of a sampler, comes from."""
        for node_id in self._graph:
            source = self.source((node_id, name))
            if source is not None and (found := self._text_of(source, name)) is not None:
                return found
        return None

    def _text_of(self, node_id: str, name: str) -> Place | None:
        for _ in range(DEEPEST):
            for field in TEXTS:
                if field in self.inputs(node_id):
                    found = self.origin((node_id, field))
                    return found if found and isinstance(self.value(found), str) else None
            onward = (self.source((node_id, each)) for each in (name, "conditioning", "positive"))
            source = next((each for each in onward if each is not None), None)
            if source is None:
                return None
            node_id = source
        return None

    def text_titled(self, *, besides: Place | None) -> Place | None:
        """A text whose input or node is called prompt."""
        found: list[Place] = []
        for node_id in self._graph:
            for name in TEXTS:
                place = node_id, name
                if not isinstance(self.value(place), str) or place == besides:
                    continue
                title = self.title(node_id).lower()
                if "negative" not in title and (name == "prompt" or "prompt" in title):
                    found.append(place)
        return found[0] if found else None

    def sized(self) -> tuple[str, Place, Place] | None:
        """The node that says how large the video is: its class, and where its sides are written."""
        found: list[tuple[int, tuple[str, Place, Place]]] = []
        for node_id, kind in self.kinds.items():
            if not {"width", "height"} <= set(self.inputs(node_id)):
                continue
            sides = self.origin((node_id, "width")), self.origin((node_id, "height"))
            if None in sides or not all(_is_whole(self.value(side)) for side in sides if side):
                continue
            makes_video = "length" in self.inputs(node_id) or "Video" in kind or "Latent" in kind
            found.append((0 if makes_video else 1, (kind, *sides)))  # type: ignore[arg-type]
        return min(found, key=lambda each: each[0])[1] if found else None

    def counted(self, names: Sequence[str], pictures: Sequence[str]) -> tuple[str, Place] | None:
        """The input with the number of frames, and the class of its node."""
        for name in names:
            for node_id, kind in self.kinds.items():
                is_batch = name in ("batch_size", "amount")
                if name not in self.inputs(node_id) or (is_batch and kind not in pictures):
                    continue
                place = self.origin((node_id, name))
                if place is not None and _is_whole(value := self.value(place)) and value > 1:
                    return kind, place
        return None

    def titled_number(self, word: str) -> Place | None:
        """The number in a node whose title has a word."""
        for node_id in self._graph:
            place = node_id, "value"
            if word in self.title(node_id).lower() and _is_number(self.value(place)):
                return place
        return None

    def seeds(self) -> list[Place]:
        """Where seeds are written, those that add noise first."""
        found: list[tuple[int, Place]] = []
        for node_id in self._graph:
            for name in SEEDS:
                place = self.origin((node_id, name)) if name in self.inputs(node_id) else None
                if place is None or not _is_whole(self.value(place)):
                    continue
                if self.inputs(node_id).get("add_noise") == "disable":
                    continue
                found.append((self._depth(node_id), place))
        return list(dict.fromkeys(place for _, place in sorted(found, key=lambda each: each[0])))

    def _depth(self, node_id: str) -> int:
        """How many nodes are between a node's output and the end: the first pass is the deepest."""
        seen, edge, depth = {node_id}, {node_id}, 0
        while edge and depth < DEEPEST:
            edge = {
                other
                for other in self._graph
                if other not in seen
                and any(self.source((other, name)) in edge for name in self.inputs(other))
            }
            seen |= edge
            depth += 1
        return -depth


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
