"""The words of a sample: terms of concepts, titles of codes, and the odd characters that real terms have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars as pl

_ACTS = (
    "excision", "drainage", "repair", "insertion", "removal", "biopsy", "ablation", "closure", "dilation", "grafting",
    "exploration", "fixation", "ligation", "embolisation", "irrigation", "reconstruction", "resection", "suture",
)  # fmt: skip
_MANNERS = (
    "", "", "", "laparoscopic ", "endoscopic ", "percutaneous ", "open ", "robotic ", "emergency ", "revision ",
    "fluoroscopy guided ", "ultrasound guided ", "staged ", "partial ", "total ",
)  # fmt: skip
_SITES = (
    "liver", "kidney", "pancreas", "spleen", "stomach", "duodenum", "jejunum", "ileum", "colon", "rectum", "bladder",
    "ureter", "urethra", "prostate", "testis", "ovary", "uterus", "breast", "thyroid gland", "parathyroid gland",
    "adrenal gland", "lung", "trachea", "larynx", "pharynx", "tonsil", "nose", "maxillary sinus", "ear", "cornea",
    "retina", "orbit", "skull", "brain", "meninges", "spinal cord", "cervical vertebra", "lumbar vertebra", "pelvis",
    "femur", "tibia", "ankle", "foot", "humerus", "radius", "wrist", "hand", "aorta", "iliac artery", "femoral artery",
    "coronary artery", "mitral valve", "aortic valve", "pericardium", "lymph node", "skin", "tendon", "muscle", "nerve",
)  # fmt: skip
_SIDES = ("", "", "", "left ", "right ", "upper ", "lower ", "anterior ", "posterior ", "proximal ", "distal ", "deep ")
_STATES = (
    "carcinoma", "adenoma", "abscess", "stenosis", "fistula", "fracture", "haemorrhage", "infarction", "inflammation",
    "ischaemia", "oedema", "perforation", "rupture", "thrombosis", "ulcer", "atrophy", "calculus", "cyst", "dysplasia",
)  # fmt: skip
_COURSES = ("", "", "acute ", "chronic ", "recurrent ", "congenital ", "traumatic ", "benign ", "postprocedural ")
_STEMS = (
    "ab",
    "cor",
    "dol",
    "fen",
    "gal",
    "lam",
    "mir",
    "nor",
    "pel",
    "quin",
    "ral",
    "sel",
    "tor",
    "ver",
    "xan",
    "zol",
)
_ENDS = ("azole", "amide", "icillin", "idone", "ilol", "imab", "ipine", "itrel", "odarone", "oxetine", "statin", "umab")
_FORMS = ("tablets", "capsules", "oral solution", "injection", "cream", "eye drops", "inhaler", "suppositories")
_ODD = (
    '"quoted" ',
    "Ménière ",
    "Sjögren ",
    "B₁₂ ",
    "≥ 2 ",
    "a  doubled ",
    "'apostrophe' ",
    "50% ",
    "[bracket] ",
    "Baló ",
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """How the terms of a kind of concept are put together: a list of words for each part."""

    parts: tuple[Sequence[str], ...]

    def terms(self, rng: np.random.Generator, n: int) -> pl.Series:
        """`n` terms, a few of them odd, each beginning with a capital."""
        import polars as pl

        frame = pl.DataFrame(
            [
                pl.Series(str(i), list(words)).gather(rng.integers(0, len(words), n))
                for i, words in enumerate(self.parts)
            ]
        )
        plain = frame.select(pl.concat_str(pl.all()).alias("term"))["term"]
        # The number keeps terms apart, as the real ones are.
        number = pl.Series("n", rng.integers(1, 1000, n)).cast(pl.String)
        plain = plain + pl.Series(np.where(rng.random(n) < 0.5, " ", " type ").tolist()) + number
        odd = pl.Series(list(_ODD)).gather(rng.integers(0, len(_ODD), n))
        chosen = pl.Series(rng.random(n) < 0.004)
        term = pl.select(pl.when(chosen).then(odd + plain).otherwise(plain).alias("term"))["term"]
        return term.str.slice(0, 1).str.to_uppercase() + term.str.slice(1)


PROCEDURE = Pattern((_MANNERS, _ACTS, (" of ",), _SIDES, _SITES))
DISORDER = Pattern((_COURSES, _STATES, (" of ",), _SIDES, _SITES))
STRUCTURE = Pattern((("structure of ",), _SIDES, _SITES))
PRODUCT = Pattern((_STEMS, _ENDS, (" ",), ("5", "10", "20", "50", "100", "250"), ("mg ", "microgram "), _FORMS))
SUBSTANCE = Pattern((_STEMS, _STEMS, _ENDS))
OTHER = Pattern((("finding of ", "extent of ", "status of ", "device for ", "count of "), _SIDES, _SITES))


def title(rng: np.random.Generator, pattern: Pattern) -> str:
    """The title of one code."""
    return "".join(words[int(rng.integers(0, len(words)))] for words in pattern.parts).strip().capitalize()
