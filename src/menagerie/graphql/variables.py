"""Which parts of a document depend on variables."""

from graphql import DocumentNode, Node, Visitor, visit


def depends_on_variables(document: DocumentNode) -> bool:
    """Whether the selected fields depend on more than the document: on @skip, @include or any other directive."""
    return _finds(_DirectiveFinder(), document)


def has_variables(node: Node) -> bool:
    """Whether a part of a document contains a variable."""
    return _finds(_VariableFinder(), node)


class _Finder(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def find(self, *_arguments: object) -> None:
        self.found = True


class _DirectiveFinder(_Finder):
    enter_directive = _Finder.find


class _VariableFinder(_Finder):
    enter_variable = _Finder.find


def _finds(finder: _Finder, node: Node) -> bool:
    visit(node, finder)
    return finder.found
