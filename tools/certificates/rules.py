"""Which rules of a certificate its record breaks: the kinds of docs/standards.md, for `check_certificate.py`."""

import itertools


def broken(side, among):
    """The ids of the rules of a side that the codes at the places `among` break, with their levels."""
    return [[r["id"], r["level"]] for r in side.rules if Breaking(side, r, frozenset(among)).holds()]


class Breaking:
    """One rule held against the codes of one side."""

    def __init__(self, side, rule, among):
        self.side, self.r, self.among, self.keys = side, rule, among, side.keys
        self.slots = [[s] for s in rule["subject"]] if rule["subject_mode"] == "all" else [rule["subject"]]
        whole = rule["object_mode"] == "all" or rule["kind"] == "in-sequence"
        self.objects = ([[s] for s in rule["object"]] if whole else [rule["object"]]) if rule["object"] else []

    def fits(self, slot, places):
        return [i for i in places if self.side.has(slot, self.keys[i])]

    def sets(self, slots, places):
        for chosen in itertools.product(*(self.fits(slot, places) for slot in slots)):
            if len(set(chosen)) == len(slots):
                yield chosen

    def at(self, slots, i):
        whole = i >= 0 and i + len(slots) <= len(self.keys)
        return whole and all(self.side.has(slot, self.keys[i + n]) for n, slot in enumerate(slots))

    def subsidiary(self, i):
        key = self.keys[i]
        return self.side.opcs and self.side.over.get(key[:3], key[0]) in "YZ"

    def values(self, i):
        return self.r["values"].get(self.side.codes[i])

    def holds(self):
        r = self.r
        if r["when"] and self.side.holds(self.side.known, *r["when"]) is not True:
            return False
        if self.fits(r["unless"], range(len(self.keys))):
            return False
        return getattr(self, r["kind"].replace("-", "_"))()

    def runs(self):
        for i in range(len(self.keys)):
            if self.at(self.slots, i) and self.among.issuperset(range(i, i + len(self.slots))):
                yield i, i + len(self.slots)

    def all_of(self, i, stop):
        return self.among.issuperset(range(i, stop))

    def never_primary(self):
        return any(i == 0 for i, _ in self.runs())

    def first_or_second(self):
        return any(i >= 2 for i, _ in self.runs())

    def never_assigned(self):
        return any(True for _ in self.sets(self.slots, self.among))

    def not_with(self):
        return any(True for _ in self.sets(self.slots + self.objects, self.among))

    def requires_with(self):
        everywhere = set(range(len(self.keys)))
        return any(not any(self.sets(self.objects, everywhere - {*a})) for a in self.sets(self.slots, self.among))

    def characters(self, wrong):
        def text(slot, i):
            key = self.keys[i]
            divided = any(s.endswith(".-") and s[:3] == key for s in slot)
            return key + "X" if not self.side.opcs and len(key) == 3 and not divided else key

        return any(
            wrong(text(s, i)) for a in self.sets(self.slots, self.among) for s, i in zip(self.slots, a, strict=True)
        )

    def requires_character(self):
        return self.characters(lambda text: len(text) < self.r["figure"])

    def character_not(self):
        place, character = self.r["character"]
        return self.characters(lambda text: text[place - 1 : place] == character)

    def directly_followed_by(self):
        return any(not self.at(self.objects, stop) for _, stop in self.runs())

    def not_directly_followed_by(self, first=False):
        ends = ((i, stop, stop + len(self.objects)) for i, stop in self.runs() if not first or i == 0)
        return any(self.at(self.objects, stop) and self.all_of(i, end) for i, stop, end in ends)

    def primary_not_followed_by(self):
        return self.not_directly_followed_by(first=True)

    def directly_after(self):
        return any(not self.at(self.objects, i - len(self.objects)) for i, _ in self.runs())

    def adjacent_to(self):
        w = len(self.objects)
        return any(not self.at(self.objects, stop) and not self.at(self.objects, i - w) for i, stop in self.runs())

    def not_before(self):
        return any(any(self.sets(self.objects, [p for p in self.among if p >= stop])) for _, stop in self.runs())

    def is_object(self, i):
        if self.side.has(self.r["subject"], self.keys[i]):
            return False
        return self.side.has(self.r["object"], self.keys[i]) or (
            not self.subsidiary(i) and self.side.codes[i] in self.r["worded"]
        )

    def follows(self):
        for i, stop in self.runs():
            at = i - 1
            while at >= 0 and self.side.has(self.r["across"], self.keys[at]):
                at -= 1
            kept = at >= 0 and self.is_object(at)
            if kept and not self.subsidiary(at):
                behind = itertools.takewhile(self.subsidiary, range(stop, len(self.keys)))
                kept = not any(self.is_object(j) for j in behind)
            if not kept:
                return True
        return False

    def in_sequence(self):
        starts = self.fits(self.slots[0], range(len(self.keys)))
        for n, start in enumerate(starts):
            here = range(start, starts[n + 1] if n + 1 < len(starts) else len(self.keys))
            present, early = [], []
            for s in self.r["object"]:
                found = self.fits([s], here)
                present += [found] if found else []
                if not found and n == 0 and s not in self.r["optional"]:
                    early += self.fits([s], range(start))
            at = start - 1
            for found in present:
                at = next((i for i in found if i > at), len(self.keys))
            if (at >= len(self.keys) or early) and self.among.issuperset([*itertools.chain(*present), *early]):
                return True
        return False

    def required_unless_stated(self):
        everywhere = range(len(self.keys))
        main = next((i for i in everywhere if not self.subsidiary(i)), None)
        if main is None or main not in self.among or not self.fits(self.slots[0], [main]):
            return False
        if self.fits(self.r["object"], everywhere):
            return False
        wide = self.r["when"][1] if self.r["when"] else ""
        return all(self.values(i) is not None and all(v == wide for v in self.values(i)) for i in everywhere)

    def not_when_stated(self):
        for i in self.fits(self.slots[0], self.among):
            main = next((j for j in reversed(range(i)) if not self.subsidiary(j)), None)
            stated = (self.values(main) if main is not None else None) or []
            coded = [v for v, c in self.r["codings"] if self.side.has([c], self.keys[i])]
            other = self.r["otherwise"] and self.side.has([self.r["otherwise"]], self.keys[i])
            if any(v in stated for v in coded) or (other and any(v in stated for v, _ in self.r["codings"])):
                return True
        return False

    def codes_value(self):
        def holds(v):
            return self.side.holds(self.side.known, self.r["facet"], v)

        known = any(holds(v) for v, _ in self.r["codings"])
        for i in self.fits(self.slots[0], self.among):
            coded = [v for v, c in self.r["codings"] if self.side.has([c], self.keys[i])]
            other = self.r["otherwise"] and self.side.has([self.r["otherwise"]], self.keys[i])
            if (coded and all(holds(v) is False for v in coded)) or (known and other):
                return True
        return False

    def after_dagger(self):
        codes = self.side.codes
        aster = [c.endswith("A") or bool(self.fits(self.slots[0], [i])) for i, c in enumerate(codes)]
        daggers = [c.endswith("D") for c in codes]
        before = daggers if any(daggers) else [not a for a in aster]
        return any(aster[i] and i in self.among and not any(before[:i]) for i in range(len(codes)))
