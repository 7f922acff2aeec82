"""Whether an operation's answer is the same for everybody in the store: only if every field it selects is public."""

from functools import lru_cache

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    is_object_type,
    parse,
    visit,
)

_REMEMBERED = 2_000


class Publicity:
    """Judges operations of a schema by what the features declared of their fields."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self.is_public = lru_cache(_REMEMBERED)(self._is_public)

    def _is_public(self, query: str) -> bool:
        """Whether the document holds one query whose every field is public. What can't be read is not."""
        try:
            document = parse(query, no_location=True, max_tokens=2_000)
        except (GraphQLError, RecursionError):
            return False
        operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        if len(operations) != 1 or operations[0].operation is not OperationType.QUERY:
            return False
        return self._every_field_public(document)

    def _every_field_public(self, document: DocumentNode) -> bool:
        type_info = TypeInfo(self._schema)
        visitor = _FieldVisitor(type_info)
        visit(document, TypeInfoVisitor(type_info, visitor))
        return visitor.every_field_public


class _FieldVisitor(Visitor):
    def __init__(self, type_info: TypeInfo) -> None:
        super().__init__()
        self._type_info = type_info
        self.every_field_public = True

    def enter_field(self, node: FieldNode, *_arguments: object) -> None:
        if not (node.name.value == "__typename" or self._declared_public()):
            self.every_field_public = False

    def _declared_public(self) -> bool:
        parent, field = self._type_info.get_parent_type(), self._type_info.get_field_def()
        if field is None or not is_object_type(parent):
            return False
        definition = field.extensions.get("strawberry-definition")
        if getattr(definition, "metadata", {}).get("public"):
            return True
        owner = get_named_type(parent).extensions.get("strawberry-definition")
        return bool(getattr(getattr(owner, "origin", None), "public_in_store", False))
