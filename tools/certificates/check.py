#!/usr/bin/env python3
"""Proves certificates of `kg check --certificates FILE` again: check.py FILE… (- is stdin). Exit 1: one is refused.

It shares no code with the program. Premises are believed, each claim brings its witness (docs/repairs.md): of what is
met the choices made in the expression and a place for each selector; where nothing is, entries that more selectors of
every combination need than there are (Hall 1935), in cases where one set does not do; of a broken rule the codes.
"""

import fileinput
import hashlib
import json
import re
import sys
from itertools import chain

BIG = 10**6  # more codes than a record has: what a combination lacks that cannot be


def need(claim, what):
    """Refuse a claim that is not so."""
    if not claim:
        raise ValueError(what)


def nodes(e):
    """An expression's nodes, in print order."""
    return [e, *chain(*map(nodes, e.get("all") or e.get("one") or []))] if e else []


class Side:
    """One side of the record against one side of the recommendation."""

    def __init__(self, c, side):
        self.codes, self.said, self.known = c["record"][side], c["record"]["said"], c["record"]["known"]
        self.keys, self.every = [x.rstrip("DA").replace(".", "") for x in self.codes], range(len(self.codes))
        self.chapters = [c["overflow"][side].get(key[:3], "") for key in self.keys]
        self.rules, self.wider = [r for r in c["rules"] if r["side"] == side], c["facets"]
        self.e, self.choices = c["expression"][side], [e for e in nodes(c["expression"][side]) if "one" in e]
        need([e["choice"] for e in self.choices] == list(map(str, range(len(self.choices)))), "choices misnumbered")

    def fits(self, selectors, places=None):
        """The places, of all or of some, with a code of one of the selectors."""
        ends = [s.replace(".", "").partition("-")[::2] for s in selectors]
        keys = {i: self.keys[i] for i in (self.every if places is None else sorted(places))}
        return [i for i, k in keys.items() if any(a <= k < (b or a) + "~" or self.chapters[i] == a for a, b in ends)]

    def holds(self, facts, facet, value):
        """Whether facts make another true or false; None where they leave it open."""
        wider = self.wider.get(facet, {})
        for _, v, given in (x for x in facts if x[0] == facet):
            up, down = value in [v, *wider.get(v, [])], v in [value, *wider.get(value, [])]
            if up if given else down:
                return given
            if given and not down and facet != "stated":
                return False
        return None

    def walk(self, e, made, facts, leaf, whole=False):
        """The least sum of leaf(selector) over the combinations that make these choices, and the facts they rest on."""
        if "code" in e:
            return leaf(e["code"]), []
        if "fact" in e:
            return BIG * (self.holds(facts, *e["fact"][:2]) is (not e["fact"][2])), [e["fact"]]
        if "one" in e and e["choice"] not in made:
            need(not whole, "a choice is open")
            return min(self.walk(x, made, facts, leaf)[0] for x in e["one"]), []
        parts = e["all"] if "all" in e else [e["one"][made[e["choice"]]]]
        found = [self.walk(x, made, facts, leaf, whole) for x in parts]
        told = [fact for _, more in found for fact in more]
        clash = any(self.holds([x], f, v) is (not given) for x in told for f, v, given in told)
        return BIG if clash else sum(n for n, _ in found), told

    def forced(self, e, claim, facts):
        """What is in force of a combination: of each code wanted the selectors that do; None if it cannot be."""
        printed, slots, by = [], claim["slots"], [r for r in self.rules if r["id"] in claim["by"]]
        if self.walk(e, claim["choices"], facts, lambda s: printed.append(s) or 0, whole=True)[0] >= BIG:
            return None
        if slots is None:
            need(any(s in r["bars"] for r in by for s in printed), "ruled out by no rule")
            return None
        for slot in slots:
            if len(slot) == 1 and slot[0] in printed:
                printed.remove(slot[0])
            else:
                need(any(set(slot) <= set(r["puts"]) for r in by), "a selector that no rule asks for")
        need(all(any(s in r["takes"] for r in by) for s in printed), "a selector that no rule takes away")
        return slots or (None if printed else [])

    def combination(self, claim, facts, e=None):
        """How many selectors of a combination have no code, and the places of the others."""
        slots, places = self.forced(e or self.e, claim, facts), [j for j in claim["places"] if j is not None]
        if slots is None or len(set(places)) < len(places):
            raise ValueError("no combination")
        need(all(j is None or j in self.fits(s) for s, j in zip(slots, claim["places"], strict=True)), "not its code")
        return len(slots) - len(places), places

    def lacks(self, proof, least, made):
        """Prove that every combination that makes these choices lacks so many codes."""
        if "cases" in proof:
            need(len(proof["cases"]) == len(self.choices[proof["choice"]]["one"]), "a case is missing")
            return [self.lacks(x, least, {**made, str(proof["choice"]): n}) for n, x in enumerate(proof["cases"])]
        entries, takes = set(proof["entries"]), {s for r in self.rules for s in r["takes"]}
        if "slots" in proof:
            slots = self.forced(self.e, {**proof, "choices": made}, self.said)
            n = BIG if slots is None else sum(entries.issuperset(self.fits(slot)) for slot in slots)
        else:
            n = self.walk(self.e, made, self.said, lambda s: s not in takes and entries.issuperset(self.fits([s])))[0]
        return need(n - len(entries) >= least, "codes enough for a combination")

    def apart(self, choice, variants):
        """Prove that two exclusive variants are met, and neither's codes contain the other's."""
        branches, met = self.choices[choice]["one"], []
        need(all("fact" in b.get("all", [{}])[0] for b in branches) and variants[0][0] != variants[1][0], "no variants")
        for n, claim in variants:
            need(not self.combination(claim, self.said, branches[n])[0], "a variant that is not met")
            met.append(set(self.fits([s for slot in claim["slots"] for s in slot])))
        need(not (met[0] <= met[1] or met[1] <= met[0]), "the codes of one contain the other's")

    def verdict(self, claim):
        """The verdict that the claims prove."""
        if not self.e or not self.codes:
            return "not given"
        leaves = [e for e in nodes(self.e) if "code" in e]
        if not self.fits([e["code"] for e in leaves if e["leads"]]):
            return "not applicable"
        best, told = claim["best"], {b["rule"]: b for b in claim["broken"]}
        missing, places = self.combination(best, self.said) if best else (BIG // 2, [])
        contradicted = not best or "variants" in claim or bool(missing and "ruled_out" in claim)
        if "variants" in claim:
            self.apart(*claim["variants"])
        elif missing:  # what is ruled out is met with nothing known; under what is known nothing is
            need("ruled_out" not in claim or not self.combination(claim["ruled_out"], [])[0], "nothing is ruled out")
            self.lacks(claim["lacks"], 1 if "ruled_out" in claim else missing, {})
        matter = {*places, *self.fits([e["code"] for e in leaves])}
        for r in self.rules:
            b = told.pop(r["id"], None)
            need(self.breaks(r, set(b["at"] if b else matter)) is bool(b), f"{r['id']} is told wrongly")
            if b:
                need(matter.issuperset(b["at"]) and b["codes"] == [self.codes[i] for i in b["at"]], "other codes")
                need((b["level"], b["words"]) == (r["level"], r["words"]), "not the level and the words of the rule")
                contradicted |= b["level"] == "break"
        need(not told, "a rule that is none")
        return "contradicted" if contradicted else "incomplete" if missing else "valid"

    def sets(self, slots, places):
        """The ways to give each slot of selectors a place of its own."""
        for i in self.fits(slots[0], places) if slots else ():
            yield from ((i, *more) for more in self.sets(slots[1:], [p for p in places if p != i]))
        yield from [] if slots else [()]

    def breaks(self, r, among):
        """Whether the codes at these places break a rule: stand as its pattern says."""
        if (r["when"] and self.holds(self.known, *r["when"]) is not True) or self.fits(r["unless"]):
            return False
        if "letters" in r:  # what each code is to the rule; small where it is not asked about
            text = [x if i in among else x.lower() for i, x in enumerate(r["letters"])]
            return bool(re.search(r["pattern"], "".join(text)))
        for a in self.sets(r["subject"], among):
            free = [i for i in (self.every if r["wanted"] else among) if i not in a]
            stands = any(re.search(r["pattern"], self.text(a, b)) for b in self.sets(r["object"], free))
            run, spelt = re.search(r["run"], self.text(a, ())), [re.search(r["spelt"], self.keys[i]) for i in a]
            if run and any(spelt) and stands is not r["wanted"]:
                return True
        return False

    def text(self, a, b):
        """The record with the subject codes as A, B … and the object codes as a, b …, others as points."""
        marks = {**{i: chr(65 + n) for n, i in enumerate(a)}, **{i: chr(97 + n) for n, i in enumerate(b)}}
        return "".join(marks.get(i, ".") for i in self.every)


def check(c):
    """Raise an error unless every claim of a certificate is proved by its premises."""
    sealed = json.dumps({k: v for k, v in c.items() if k != "seal"}, sort_keys=True).encode()
    need(hashlib.sha256(sealed).hexdigest() == c["seal"], "the certificate was changed since it was made")
    found = [Side(c, side).verdict(c["sides"][side]) for side in ("procedure", "diagnosis")]
    need(found == [c["sides"][side]["verdict"] for side in ("procedure", "diagnosis")], "another verdict of a side")
    need(all(r["from"] <= c["record"]["day"] <= r["until"] for r in c["rules"]), "a rule of another time")
    idle = found[0] == "not applicable" or {*found} <= {"not applicable", "not given"}
    ranked = [v for v in ("contradicted", "incomplete") if v in found] or ["valid"]
    need(c["verdict"] == ("not applicable" if idle else ranked[0]), "another verdict follows from the sides")


def main(files):
    """Check files of certificates: 1 if one is refused."""
    wrong = 0
    with fileinput.input(files, encoding="utf-8") as lines:
        for line in lines:
            try:
                check(json.loads(line))
            except (ValueError, LookupError, TypeError, AttributeError, RecursionError, re.error) as fault:
                wrong += 1
                print(f"{lines.filename()}:{lines.filelineno()}: refused: {fault}")
    print(f"{wrong} refused")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
