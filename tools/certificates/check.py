#!/usr/bin/env python3
"""Checks certificates of `kg check --certificates FILE` (JSON lines): check.py FILE… (- is stdin).

It shares no code with the program. A certificate brings its premises (recommendation, record, rules, what titles
state) and claims, and each claim is proved here again:

- that something is met, by the choices made in the expression (by number of the node, in print order from 0) and an
  assignment of selectors to entries;
- that nothing is, by a tree of cases; at each leaf is a set of entries that more selectors of every combination need
  than it has members (Hall's theorem).

What standards change of printed combinations is a premise as far as it is complete; that each change is one of a rule
that speaks of the codes is checked. Time: linear in the certificate times selectors times codes. Exit 1: a claim does
not hold.
"""

import hashlib
import itertools
import json
import sys
from pathlib import Path

import premises
import rules
from premises import BIG, need

FALLS = ("never-assigned", "codes-value", "not-when-stated")  # kinds by which a printed code can fall away


class Side(premises.Side):
    """One side of a record against one side of a recommendation."""

    def forced(self, made, changes, facts):
        """The ways to be in force of the combination that makes the choices, and what these assume."""
        now, asked, ruled_out = [], [], False
        total, assumed = self.walk(self.e, made, facts, lambda s: now.append(s) or 1, whole=True)
        need(set(made) <= {str(n["#"]) for n in self.nodes}, "a choice of no node")
        need(total < BIG and self.possible(assumed), "the choices cannot be made")
        printed = bool(now)
        for change in changes:
            r = next((r for r in self.rules if r["id"] == change["rule"] and r["adjusts"]), {})
            need(r and not (r["when"] and self.holds(facts + assumed, *r["when"]) is not True), "a change by no rule")
            need(set(change) == {"effect", "rule", "was", "now", "one_of"}, "more or less than a change")
            requires = r["kind"].startswith("require")
            need(bool(change["was"]) != requires and change["one_of"] in (False, requires), "not a change of the kind")
            effects = {"never-assigned": ["superseded"], "codes-value": ["narrowed", "ruled out"]}
            effects |= {"not-when-stated": ["stated already"]}
            need(change["effect"] in effects.get(r["kind"], ["required"]), "not an effect of the kind")
            need(all(self.meet(s, r["subject"]) for s in change["was"]), "a change of what the rule does not speak of")
            for s in change["was"]:
                need(s in now, "a change of what is not there")
                now.remove(s)
            allowed = [*r["object"], *r["instead"], *(c for _, c in r["codings"]), *change["was"]]
            need(all(self.within(s, allowed) for s in change["now"]), "a change into what the rule does not say")
            if requires:
                absent = [s for s in r["object"] if not any(self.meet(x, [s]) for x in now)]
                method = r["kind"] == "required-unless-stated" and len(change["now"]) == 1  # the one that is known
                need(method or change["now"] == absent, "not what is asked for and not there")
                need(r["object_mode"] == "all" or len(absent) == len(r["object"]), "what is asked for is there")
                need(change["one_of"] == (len(change["now"]) > 1 and r["object_mode"] == "any"), "one of, or all of")
            asked += [change["now"]] if change["one_of"] else []
            now += [] if change["one_of"] else change["now"]
            ruled_out |= change["effect"] == "ruled out"
        left = [] if ruled_out or (printed and not now) else itertools.product(*asked)
        return [sorted([*now, *more]) for more in left], assumed

    def combination(self, claim, facts):
        """The selectors in force, and what is assumed, of a claimed combination with its assignment."""
        need(set(claim) == {"choices", "changes", "selectors", "pairs"}, "more or less than a combination")
        ways, assumed = self.forced(claim["choices"], claim["changes"], facts)
        selectors, pairs = claim["selectors"], claim["pairs"]
        need(sorted(selectors) in ways, "not the combination of these choices and changes")
        need(len({i for i, _ in pairs}) == len(pairs) == len({j for _, j in pairs}), "two for one")
        for i, j in pairs:
            need(0 <= i < len(selectors) and 0 <= j < len(self.keys), "a place that is none")
            need(self.has([selectors[i]], self.keys[j]), "a code that is none of the selector's")
        return selectors, assumed

    def tight(self, selectors, entries):
        """How many more of the selectors have codes at the entries alone than there are entries."""
        need(set(entries) <= set(range(len(self.keys))), "a place that is none")
        return sum(set(self.places(s)) <= set(entries) for s in selectors) - len(set(entries))

    def lacks(self, tree, facts, least, made):
        """Prove that every combination that makes the choices lacks `least` codes."""
        if "cases" in tree:
            open_ = [n for n in self.nodes if n["#"] == tree["node"] and {"one_of", "optional", "when"} & set(n)]
            need(open_ and str(tree["node"]) not in made and len(tree) == 2, "no open choice")
            need(len(tree["cases"]) == len(open_[0].get("one_of", "01")), "a case is missing")
            for n, case in enumerate(tree["cases"]):
                self.lacks(case, facts, least, {**made, str(tree["node"]): n})
        elif "ways" in tree:
            ways, _ = self.forced(made, tree["changes"], facts)
            need(sorted(sorted(w["selectors"]) for w in tree["ways"]) == sorted(ways), "not the ways to be in force")
            for way in tree["ways"]:
                need(self.tight(way["selectors"], way["entries"]) >= least, "a combination that may be met")
        else:
            falls = [s for r in self.rules if r["adjusts"] and r["kind"] in FALLS for s in r["subject"]]
            entries = set(tree["entries"])
            need(entries <= set(range(len(self.keys))) and len(tree) == 1, "a place that is none")
            total, assumed = self.walk(
                self.e, made, facts, lambda s: not self.meet(s, falls) and set(self.places(s)) <= entries
            )
            need(not self.possible(assumed) or total - len(entries) >= least, "codes enough for a combination")

    def verdict(self, claim):
        """The verdict on the side that a claim proves."""
        if not self.e or not self.keys:
            need(claim == {"verdict": "not given"}, "a claim on what is not given")
            return
        gone = [r for r in self.rules if r["adjusts"] and r["kind"] == "never-assigned" and r["subject_mode"] == "any"]
        gone = [r for r in gone if not r["instead"] and (not r["when"] or self.holds(self.said, *r["when"]))]
        leading = [s for s in self.named if not self.opcs or not self.within(s, ["Y", "Z"])] or self.named
        still = [
            s for s in leading if not any(self.within(s, r["subject"]) and not self.meet(s, r["unless"]) for r in gone)
        ]
        if not any(self.has(still or leading, k) for k in self.keys):
            need(claim == {"verdict": "not applicable"}, "a claim on what does not apply")
            return
        base, facts, best = claim["base"], self.said, claim["best"]
        explained = {j for _, j in best["pairs"]} if best else set()
        if best and base != "contradicted":
            need(claim["ruled_out"] is None, "what is met or missing is not ruled out")
            selectors, _ = self.combination(best, facts)
            missing = len(selectors) - len(best["pairs"])
            need((missing == 0) == (base == "valid"), "met or not met")
            need((claim["proof"] is None) == (base == "valid"), "a proof too many or too few")
            if missing:
                self.lacks(claim["proof"], facts, missing, {})
        else:
            need(base == "contradicted" and best is None, "no combination is told")
            if claim["ruled_out"]:
                selectors, assumed = self.combination(claim["ruled_out"], [])
                need(len(selectors) == len(claim["ruled_out"]["pairs"]), "what is ruled out is not met")
                need(any(self.holds(facts, f, v) is (not x) for f, v, x in assumed), "nothing rules it out")
            self.lacks(claim["proof"], facts, 1 if claim["ruled_out"] else BIG // 2, {})
        mine = {j for j, k in enumerate(self.keys) if self.has(self.named, k)} | explained
        found = rules.broken(self, mine)
        need(claim["broken"] == found, "other rules are broken than those told")
        wrong = any(level == "break" for _, level in found)
        need(claim["verdict"] == ("contradicted" if wrong else base), "another verdict follows")
        need(set(claim) == {"verdict", "base", "best", "proof", "ruled_out", "broken"}, "more than a claim")


def check(c):
    """Raise Wrong unless every claim of a certificate is proved by its premises."""
    sealed = json.dumps({k: v for k, v in c.items() if k != "seal"}, sort_keys=True, ensure_ascii=True)
    need(hashlib.sha256(sealed.encode()).hexdigest() == c["seal"], "the certificate was changed since it was made")
    need(set(c["sides"]) == {"procedure", "diagnosis"}, "more or less than two sides")
    for side in ("procedure", "diagnosis"):
        Side(c, side).verdict(c["sides"][side])
    found = [c["sides"][side]["verdict"] for side in ("procedure", "diagnosis")]
    idle = found[0] == "not applicable" or set(found) <= {"not applicable", "not given"}
    ranked = [v for v in ("contradicted", "incomplete") if v in found] or ["valid"]
    need(c["verdict"] == ("not applicable" if idle else ranked[0]), "another verdict follows from the sides")


def main(files):
    """Check files of certificates; how many were refused decides the exit code."""
    read = wrong = 0
    for file in files:
        with sys.stdin if file == "-" else Path(file).open(encoding="utf-8") as lines:
            for n, line in enumerate(lines, 1):
                read += 1
                try:
                    check(json.loads(line))
                except (
                    premises.Wrong,
                    KeyError,
                    TypeError,
                    ValueError,
                    AttributeError,
                    IndexError,
                    RecursionError,
                ) as fault:
                    wrong += 1
                    print(f"{file}:{n}: refused: {fault}")
    print(f"{read} read, {wrong} refused")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
