"""YAML with the place of every value, strict: no key twice, no aliases, no tags of programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kg.errors import KgError, Place

_Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Marked:
    """Plain values (dict, list, text, numbers, days), and of each path of keys and numbers where it stands."""

    value: Any
    source: str
    text: str
    marks: dict[_Path, tuple[int, int]]
    keys: dict[_Path, tuple[int, int]]

    def place(self, at: _Path, *, key: bool = False) -> Place:
        """The place of what stands at a path, or of its `key`; else of the nearest above it."""
        if key and at in self.keys:
            return Place.in_text(self.source, self.text, *self.keys[at])
        while at and at not in self.marks:
            at = at[:-1]
        start, end = self.marks.get(at, (0, 1))
        return Place.in_text(self.source, self.text, start, end)


def load_marked(text: str, source: str, id: str) -> Marked:
    """The values of a YAML text.

    Raises:
        KgError: of kind `id`, with line and column.
    """
    import yaml

    marks: dict[_Path, tuple[int, int]] = {}
    keys: dict[_Path, tuple[int, int]] = {}

    def fault(what: str, start: int = 0, end: int | None = None) -> KgError:
        return KgError(id, what, where=Place.in_text(source, text, start, end))

    class Strict(yaml.SafeLoader):
        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                event = self.peek_event()
                raise fault("not YAML as it is used here: an alias", event.start_mark.index, event.end_mark.index)
            return super().compose_node(parent, index)

    def plain(node: Any, at: _Path) -> Any:
        marks.setdefault(at, (node.start_mark.index, node.end_mark.index))
        if isinstance(node, yaml.SequenceNode):
            return [plain(each, (*at, n)) for n, each in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            found: dict[str, Any] = {}
            for key, value in node.value:
                start, end = key.start_mark.index, key.end_mark.index
                if not isinstance(key, yaml.ScalarNode) or key.value in found:
                    what = "a key that is no word" if not isinstance(key, yaml.ScalarNode) else f'"{key.value}" twice'
                    raise fault(f"not YAML as it is used here: {what}", start, end)
                keys[*at, key.value] = (start, end)
                # What is wrong with a value is told at its key: the eye finds the line by it.
                marks[*at, key.value] = (
                    (start, end)
                    if not isinstance(value, yaml.ScalarNode)
                    else (
                        value.start_mark.index,
                        max(value.end_mark.index, value.start_mark.index + 1),
                    )
                )
                found[key.value] = plain(value, (*at, key.value))
            return found
        return loader.construct_object(node)

    try:
        loader = Strict(text)
        node = loader.get_single_node()
        value = None if node is None else plain(node, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise fault(f"not YAML: {error.problem or error.context}", mark.index if mark else 0) from None
    except yaml.reader.ReaderError as error:
        raise fault("not YAML: a character that it does not allow", max(0, int(error.position))) from None
    except (yaml.YAMLError, ValueError) as error:
        raise fault(f"not YAML: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise fault("nested too deep") from None
    return Marked(value, source, text, marks, keys)
