"""The terms of `ontology/kg.ttl` (a test keeps both equal), and those of other vocabularies that the data use."""

from __future__ import annotations

from pyoxigraph import NamedNode

from kg.graph.iris import KG, PREFIXES


def _kg(name: str) -> NamedNode:
    return NamedNode(KG + name)


def _other(name: str) -> NamedNode:
    prefix, _, local = name.partition(":")
    return NamedNode(PREFIXES[prefix] + local)


class Class:
    """The classes of `ontology/kg.ttl`."""

    GUIDANCE = _kg("Guidance")
    READING = _kg("Reading")
    DOCUMENT = _kg("Document")
    STANDARD = _kg("Standard")
    WARNING = _kg("Warning")
    DECISION = _kg("Decision")
    SIDE = _kg("Side")

    CITED = _kg("Cited")
    EXPRESSION = _kg("Expression")
    PICK = _kg("Pick")
    UNNAMED = _kg("Unnamed")
    ALL_OF = _kg("AllOf")
    ONE_OF = _kg("OneOf")
    OPTIONAL = _kg("Optional")
    WHEN = _kg("When")
    CONDITION = _kg("Condition")

    SELECTOR = _kg("Selector")
    CODE = _kg("Code")
    CATEGORY = _kg("Category")
    RANGE = _kg("Range")
    CHAPTER = _kg("Chapter")

    COMBINATION = _kg("Combination")
    NEED = _kg("Need")
    GROUND = _kg("Ground")

    LISTED_CONCEPT = _kg("ListedConcept")
    CONCEPT_MENTION = _kg("ConceptMention")
    CONDITIONAL_ADDITION = _kg("ConditionalAddition")
    CODED_RECORD = _kg("CodedRecord")


class Property:
    """The properties of `ontology/kg.ttl`."""

    # a guidance and its sources
    READING = _kg("reading")
    PROCEDURE = _kg("procedure")
    DIAGNOSIS = _kg("diagnosis")
    RANK = _kg("rank")
    REASON = _kg("reason")
    OPCS_VERSION = _kg("opcsVersion")
    NEEDS_REVIEW = _kg("needsReview")
    DECISION = _kg("decision")
    DECIDED = _kg("decided")
    WHY = _kg("why")
    RECORDED_IN = _kg("recordedIn")
    FILE_NAME = _kg("fileName")
    SHA256 = _kg("sha256")
    WARNING = _kg("warning")
    BUILD_WARNING = _kg("buildWarning")
    WARNING_ID = _kg("warningId")
    MESSAGE = _kg("message")
    FROM_CHARACTER = _kg("fromCharacter")
    TO_CHARACTER = _kg("toCharacter")

    # nodes of expressions
    PART = _kg("part")
    CONJUNCT = _kg("conjunct")
    BRANCH = _kg("branch")
    CONTENT = _kg("content")
    THEN = _kg("then")
    POSITION = _kg("position")
    SELECTOR = _kg("selector")
    MARK = _kg("mark")
    PRINTED_TITLE = _kg("printedTitle")
    PRINCIPAL = _kg("principal")
    WORDS = _kg("words")
    SEQUENCED = _kg("sequenced")
    RANKED = _kg("ranked")
    ON_SIDE = _kg("onSide")
    IN_GUIDANCE = _kg("inGuidance")

    # conditions
    CONDITION = _kg("condition")
    CONDITION_CITATION = _kg("conditionCitation")
    FACET = _kg("facet")
    FACET_VALUE = _kg("facetValue")
    FACET_NAME = _kg("facetName")
    VALUE = _kg("value")

    # citations
    CITATION = _kg("citation")
    PAGE = _kg("page")
    BOX = _kg("box")
    PARAGRAPH = _kg("paragraph")

    # combinations
    OF_SIDE = _kg("ofSide")
    NOTATION_TEXT = _kg("notationText")
    COMBINATION_COUNT = _kg("combinationCount")
    COMBINATIONS_LISTED = _kg("combinationsListed")

    # limits of an endpoint
    SECONDS_PER_QUERY = _kg("secondsPerQuery")
    BYTES_OF_MEMORY = _kg("bytesOfMemory")
    ROWS_OF_ANSWER = _kg("rowsOfAnswer")
    BYTES_OF_ANSWER = _kg("bytesOfAnswer")
    BYTES_OF_QUERY = _kg("bytesOfQuery")
    BYTES_OF_REQUEST = _kg("bytesOfRequest")
    DEPTH_OF_QUERY = _kg("depthOfQuery")
    SECONDS_OF_PATIENCE = _kg("secondsOfPatience")
    SECONDS_OF_CHEAP_QUERY = _kg("secondsOfCheapQuery")
    SECONDS_OF_QUICK_QUERY = _kg("secondsOfQuickQuery")
    CHEAP_QUERIES_AT_ONCE = _kg("cheapQueriesAtOnce")
    SLOW_QUERIES_AT_ONCE = _kg("slowQueriesAtOnce")
    DEAR_QUERIES_AT_ONCE = _kg("dearQueriesAtOnce")
    QUERIES_WAITING = _kg("queriesWaiting")

    # what combinations need and rest on
    USES = _kg("uses")
    NEED = _kg("need")
    OF_SELECTOR = _kg("ofSelector")
    AT_LEAST = _kg("atLeast")
    GROUND = _kg("ground")
    HOLDS = _kg("holds")
    FAILS = _kg("fails")
    LEAVES_OPEN = _kg("leavesOpen")

    # SNOMED CT concepts
    LISTS = _kg("lists")
    CONCEPT = _kg("concept")
    PRINTED_TERM = _kg("printedTerm")
    LISTED_BY = _kg("listedBy")
    LISTED_ON = _kg("listedOn")

    # codes
    MEMBER = _kg("member")

    # statements, and what is derived
    STATES = _kg("states")
    RULES_OUT = _kg("rulesOut")
    SELECTS = _kg("selects")
    MAPS_TO = _kg("mapsTo")
    REQUIRES_ADDITIONAL = _kg("requiresAdditional")
    ALTERNATIVE_TO = _kg("alternativeTo")
    CODE = _kg("code")
    ADDITION = _kg("addition")
    SAID_BY = _kg("saidBy")

    # records, for reasoners
    HAS_ENTRY = _kg("hasEntry")
    GIVEN = _kg("given")
    DENIED = _kg("denied")


class Individual:
    """The individuals of `ontology/kg.ttl`."""

    PROCEDURE_SIDE = _kg("ProcedureSide")
    DIAGNOSIS_SIDE = _kg("DiagnosisSide")


class Other:
    """Terms of other vocabularies, by prefix and name."""

    TYPE = _other("rdf:type")
    LABEL = _other("rdfs:label")
    SUB_CLASS_OF = _other("rdfs:subClassOf")
    OWL_CLASS = _other("owl:Class")
    DEPRECATED = _other("owl:deprecated")

    SKOS_CONCEPT = _other("skos:Concept")
    SKOS_SCHEME = _other("skos:ConceptScheme")
    NOTATION = _other("skos:notation")
    PREF_LABEL = _other("skos:prefLabel")
    ALT_LABEL = _other("skos:altLabel")
    RELATED_MATCH = _other("skos:relatedMatch")
    BROADER = _other("skos:broader")
    IN_SCHEME = _other("skos:inScheme")
    TOP_CONCEPT_OF = _other("skos:topConceptOf")

    IDENTIFIER = _other("dcterms:identifier")
    TITLE = _other("dcterms:title")
    DESCRIPTION = _other("dcterms:description")
    IS_REPLACED_BY = _other("dcterms:isReplacedBy")
    CONFORMS_TO = _other("dcterms:conformsTo")
    RIGHTS = _other("dcterms:rights")
    SUBJECT = _other("dcterms:subject")

    DCAT_DATASET = _other("dcat:Dataset")
    KEYWORD = _other("dcat:keyword")
    VERSION = _other("dcat:version")

    VOID_DATASET = _other("void:Dataset")
    SUBSET = _other("void:subset")
    TRIPLES = _other("void:triples")
    ENTITIES = _other("void:entities")
    URI_SPACE = _other("void:uriSpace")
    VOCABULARY = _other("void:vocabulary")
    CLASS_PARTITION = _other("void:classPartition")
    PARTITION_CLASS = _other("void:class")
    PROPERTY_PARTITION = _other("void:propertyPartition")
    PARTITION_PROPERTY = _other("void:property")

    ENTITY = _other("prov:Entity")
    ACTIVITY = _other("prov:Activity")
    AGENT = _other("prov:Agent")
    SOFTWARE_AGENT = _other("prov:SoftwareAgent")
    WAS_DERIVED_FROM = _other("prov:wasDerivedFrom")
    WAS_GENERATED_BY = _other("prov:wasGeneratedBy")
    WAS_ASSOCIATED_WITH = _other("prov:wasAssociatedWith")
    USED = _other("prov:used")
    WAS_ATTRIBUTED_TO = _other("prov:wasAttributedTo")
    ENDED_AT = _other("prov:endedAtTime")

    SPECIFIC_RESOURCE = _other("oa:SpecificResource")
    TEXT_POSITION = _other("oa:TextPositionSelector")
    TEXT_QUOTE = _other("oa:TextQuoteSelector")
    HAS_SOURCE = _other("oa:hasSource")
    HAS_SELECTOR = _other("oa:hasSelector")
    OA_START = _other("oa:start")
    OA_END = _other("oa:end")
    EXACT = _other("oa:exact")
