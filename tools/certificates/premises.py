"""The premises of a certificate: codes and selectors, facts, and the expression, for `check.py` and `rules.py`."""

import itertools

BIG = 10**6


class Wrong(Exception):  # noqa: N818 - read as a claim that is wrong
    """A claim that does not hold."""


def need(claim, what):
    """Refuse a claim that is not so."""
    if not claim:
        raise Wrong(what)


def name(e):
    kind = next(k for k in ("code", "category", "range", "chapter") if k in e)
    return {"category": f"{e[kind]}.-", "range": "-".join(e[kind])}.get(kind, e[kind])


def below(e):
    return (
        e.get("all_of")
        or e.get("one_of")
        or ([e["optional"]] if "optional" in e else [e["then"]] if "then" in e else [])
    )


def number(e, count):
    e["#"] = next(count)
    return [e, *(x for child in below(e) for x in number(child, count))]


class Side:
    """One side: the codes, what is known, the rules, the expression with its nodes numbered."""

    def __init__(self, c, side):
        self.opcs, self.over, self.facets = side == "procedure", c["overflow"], c["facets"]
        self.codes, self.known = c["record"][side], c["record"]["known"]
        self.said = c["record"]["said"]
        self.keys = [x.rstrip("DA").replace(".", "") for x in self.codes]
        self.rules, self.e = [r for r in c["rules"] if r["side"] == side], c["recommendation"][side]
        self.nodes = number(self.e, itertools.count()) if self.e else []
        self.named = list(dict.fromkeys(name(n) for n in self.nodes if not below(n) and "unnamed" not in n))

    def spans(self, s):
        if len(s) == 1:
            return [(s + "00", s + "99~"), *((k, k + "~") for k, v in self.over.items() if self.opcs and v == s)]
        a, _, b = s.rstrip("DA").replace(".", "").partition("-")
        return [(a, (b or a) + "~")]

    def has(self, selectors, key):
        return any(lo <= key < hi for s in selectors for lo, hi in self.spans(s))

    def places(self, s):
        return [j for j, key in enumerate(self.keys) if self.has([s], key)]

    def meet(self, a, others):
        return any(x < v and u < y for x, y in self.spans(a) for o in others for u, v in self.spans(o))

    def within(self, a, others):
        return all(any(u <= x and y <= v for o in others for u, v in self.spans(o)) for x, y in self.spans(a))

    def implies(self, facet, a, b):
        while a is not None and a != b:
            a = self.facets.get(facet, {}).get(a)
        return a == b

    def holds(self, facts, facet, value):
        for f, v, given in facts:
            if f == facet and given and self.implies(f, v, value):
                return True
            if f == facet and given and f != "stated" and not self.implies(f, value, v):
                return False
            if f == facet and not given and self.implies(f, value, v):
                return False
        return None

    def wider(self, facts, more):
        return facts + [x for x in more if self.holds(facts, x[0], x[1]) is None]

    def walk(self, e, made, facts, leaf, *, whole=False, labelled=False):
        """The least sum of leaf(selector) over the combinations that take the choices made, and what these assume."""
        choice = made.get(str(e["#"]))
        if "when" in e:
            fact = [e["facet"], e["value"]]
            truth = self.holds(facts, *fact)
            if truth is False:
                return (BIG, []) if labelled else (0, [[*fact, False]])
            if truth is None and not labelled and choice != 1:
                need(choice == 0 or not whole, "a condition is left open")
                return 0, [[*fact, False]] if choice == 0 else []
            total, told = self.walk(e["then"], made, facts, leaf, whole=whole)
            return total, [[*fact, True], *told]
        if "all_of" in e:
            parts = [self.walk(x, made, facts, leaf, whole=whole) for x in e["all_of"]]
            return sum(n for n, _ in parts), [x for _, told in parts for x in told]
        if "one_of" in e:
            if choice is not None:
                need(type(choice) is int and 0 <= choice < len(e["one_of"]), "no such branch")
                return self.walk(e["one_of"][choice], made, facts, leaf, whole=whole, labelled=True)
            need(not whole, "a choice is left open")
            return min(self.walk(x, made, facts, leaf, whole=whole, labelled=True)[0] for x in e["one_of"]), []
        if "optional" in e:
            need(choice in (0, 1) or not whole, "an option is left open")
            return self.walk(e["optional"], made, facts, leaf, whole=whole) if choice == 1 else (0, [])
        return (0, []) if "unnamed" in e else (leaf(name(e)), [])

    def possible(self, assumed):
        return not any(x[2] and self.holds([x], y[0], y[1]) is (not y[2]) for x in assumed for y in assumed)
