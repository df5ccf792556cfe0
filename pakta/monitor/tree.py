"""The tree over all entries, recomputed from the bundles that are served; of it only the edge is kept.

The edge of n leaves is the list of the roots of full subtrees from the left, one for each bit of n.
It is enough to go on from: neither the leaves nor the tiles before it are needed again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pakta.core import merkle, tiles
from pakta.core.errors import Refusal
from pakta.core.note import Checkpoint
from pakta.monitor.findings import Lie, Unread, Word
from pakta.monitor.site import Site

Node = tuple[int, bytes]  # height and hash of a full subtree
MOST = 50_000_000  # entries a run: a country of 6.5 million writes fewer in its first years
SHORT = 65_536  # entries: as many are read before it matters that their root is not the signed one
Take = Callable[[int, bytes], None]  # takes an entry's index and its bytes


@dataclass(slots=True)
class Edge:
    """The roots of full subtrees from the left."""

    nodes: list[Node] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Return how many leaves the tree has."""
        return sum(1 << height for height, _ in self.nodes)

    def push(self, height: int, node: bytes) -> Iterator[Node]:
        """Add a full subtree on the right; yield each larger one that this fills."""
        while self.nodes and self.nodes[-1][0] == height:
            node = merkle.node_hash(self.nodes.pop()[1], node)
            height += 1
            yield height, node
        self.nodes.append((height, node))

    def extended(self, leaves: Iterable[bytes]) -> Edge:
        """Return the edge with some leaves more; this one stays."""
        longer = Edge(list(self.nodes))
        for leaf in leaves:
            for _ in longer.push(0, leaf):
                pass
        return longer

    def root(self) -> bytes:
        """Return the root."""
        if not self.nodes:
            return merkle.EMPTY_ROOT
        root = self.nodes[-1][1]
        for _, left in reversed(self.nodes[:-1]):
            root = merkle.node_hash(left, root)
        return root


def bound(head: Checkpoint, *, edge: Edge, most: int) -> None:
    """Check that there are not more entries to read than whoever watches wants to; raises Unread."""
    if head.size - edge.size > most:
        raise Unread(Word.LOG_TOO_LONG, str(head.size - edge.size), str(most))


def walk(
    site: Site,
    *,
    head: Checkpoint,
    edge: Edge,
    first: int,
    take: Take,
    old: Checkpoint | None = None,
    notes: tuple[bytes, bytes] = (b"", b""),
) -> None:
    """Read every bundle after `edge` up to `head`, compare every tile over it, and the root at the end.

    edge   over full bundles only; afterwards over all full bundles of the head
    first  the first entry that is handed to `take`
    old    an earlier head: the entries that lead to this one must lead to it, too
    notes  the two heads as they were signed

    Raises Lie at the first thing that does not lead to the head's root.
    """
    check_root(site, head, grown=head.size - edge.size)
    open_leaves: list[bytes] = []
    for index, width in tiles.bundles_for(edge.size, head.size):
        entries = read_bundle(site, index=index, width=width)
        leaves = [merkle.leaf_hash(each) for each in entries]
        compare_leaves(site, head=head, index=index, leaves=leaves)
        if old is not None and 0 < old.size - index * tiles.WIDTH <= width:
            compare_old(site, old=old, head=head, edge=edge.extended(leaves[: old.size - edge.size]), notes=notes)
        for at, entry in enumerate(entries, index * tiles.WIDTH):
            if at >= first:
                take(at, entry)
        if width == tiles.WIDTH:
            _fill(site, edge, leaves, end=(index + 1) * tiles.WIDTH)
        else:
            open_leaves = leaves
    whole = edge.extended(open_leaves)
    compare_partial(site, edge=whole)
    compare_root(head, whole)


def check_root(site: Site, head: Checkpoint, *, grown: int) -> None:
    """Check that the tiles at the right edge lead to the root at all, before many entries are read in vain.

    Where a walk is short, it says better what is wrong.
    """
    if grown <= SHORT:
        return
    try:
        root = tiles.root_from_tiles(head.size, site.read_tile)
    except Refusal as refusal:
        raise Lie(Word.ROOT_DIFFERS, str(head.size), refusal.reason) from refusal
    if root != head.root:
        raise Lie(Word.ROOT_DIFFERS, str(head.size))


def read_bundle(site: Site, *, index: int, width: int) -> Sequence[bytes]:
    """Return the entries of a bundle."""
    where = tiles.tile_path(tiles.ENTRIES, index, width)
    try:
        entries = tiles.parse_entry_bundle(site.tile(tiles.ENTRIES, index, width))
    except Refusal as refusal:
        raise Lie(Word.BUNDLE_MALFORMED, where) from refusal
    if len(entries) != width:
        raise Lie(Word.BUNDLE_MALFORMED, where, f"{len(entries)}/{width}")
    return entries


def compare_leaves(site: Site, *, head: Checkpoint, index: int, leaves: Sequence[bytes]) -> None:
    """Compare the lowest tile over a bundle; where they differ, find out which of the two the head covers."""
    hashes = _hashes(site, 0, index, len(leaves))
    differing = next((at for at, leaf in enumerate(leaves) if leaf != hashes[at]), None)
    if differing is None:
        return
    at = index * tiles.WIDTH + differing
    try:
        path = tiles.inclusion_path_from_tiles(at, head.size, site.read_tile)
        merkle.verify_inclusion(leaf_hash=hashes[differing], index=at, size=head.size, path=path, root=head.root)
    except Refusal as refusal:
        raise Lie(Word.TILE_CHANGED, tiles.tile_path(0, index, len(leaves)), str(at)) from refusal
    raise Lie(Word.BUNDLE_CHANGED, tiles.tile_path(tiles.ENTRIES, index, len(leaves)), str(at))


def compare_full(site: Site, *, level: int, index: int, root: bytes) -> None:
    """Compare a full tile of a higher level with the root of what lies under it."""
    if merkle.root(_hashes(site, level, index, tiles.WIDTH)) != root:
        raise Lie(Word.TILE_CHANGED, tiles.tile_path(level, index, tiles.WIDTH))


def compare_partial(site: Site, *, edge: Edge) -> None:
    """Compare the open tile of each higher level with the edge."""
    level, hashes = 1, edge.size >> tiles.TILE_HEIGHT
    while hashes:
        index, width = divmod(hashes, tiles.WIDTH)
        lowest = tiles.TILE_HEIGHT * level
        within = [(at - lowest, node) for at, node in edge.nodes if lowest <= at < lowest + tiles.TILE_HEIGHT]
        if width and Edge().extended(_hashes(site, level, index, width)).nodes != within:
            raise Lie(Word.TILE_CHANGED, tiles.tile_path(level, index, width))
        level, hashes = level + 1, hashes >> tiles.TILE_HEIGHT


def compare_old(site: Site, *, old: Checkpoint, head: Checkpoint, edge: Edge, notes: tuple[bytes, bytes]) -> None:
    """Compare the earlier root with that of as many entries now, and keep the proof of where they part."""
    root = edge.root()
    if root == old.root:
        return
    site.forget()  # the tiles that did not show it
    raise Lie(
        Word.LOG_FORKED, str(head.size), str(old.size), notes=notes,
        proof=fork_proof(site, size=old.size, root=root, head=head),
    )  # fmt: skip


def past_root(site: Site, *, size: int, head: Checkpoint) -> bytes:
    """Return the root of the first `size` entries by the tiles of `head`, which hold those of every earlier head."""
    return tiles.root_from_tiles(size, tiles.of_earlier(head.size, site.read_tile))


def fork_proof(site: Site, *, size: int, head: Checkpoint, root: bytes | None = None) -> bytes:
    """Return, as JSON, the RFC 6962 proof that `head` goes on from another root of this size.

    root  that other root, else it is taken from the tiles

    Empty where tiles do not give it any more: what was seen is named all the same.
    """
    try:
        root = root or past_root(site, size=size, head=head)
        path = tiles.consistency_path_from_tiles(size, head.size, site.read_tile)
        merkle.verify_consistency(old_size=size, new_size=head.size, old_root=root, new_root=head.root, path=path)
    except (Refusal, Lie, Unread):
        return b""
    found = {"old_size": size, "old_root_now": root.hex(), "new_size": head.size, "new_root": head.root.hex()}
    return json.dumps(found | {"path": [each.hex() for each in path]}, indent=1).encode()


def compare_root(head: Checkpoint, edge: Edge) -> None:
    """Compare the root that was signed with the root of the entries."""
    if edge.root() != head.root:
        raise Lie(Word.ROOT_DIFFERS, str(head.size))


def _fill(site: Site, edge: Edge, leaves: Sequence[bytes], *, end: int) -> None:
    """Add a full bundle to the edge, and compare each tile that it fills above the lowest."""
    for height, node in edge.push(tiles.TILE_HEIGHT, merkle.root(leaves)):
        if height % tiles.TILE_HEIGHT == 0:
            compare_full(site, level=height // tiles.TILE_HEIGHT - 1, index=(end >> height) - 1, root=node)


def _hashes(site: Site, level: int, index: int, width: int) -> Sequence[bytes]:
    where = tiles.tile_path(level, index, width)
    try:
        hashes = tiles.hashes_of(site.tile(level, index, width))
    except Refusal as refusal:
        raise Lie(Word.TILE_MALFORMED, where) from refusal
    if len(hashes) != width:
        raise Lie(Word.TILE_MALFORMED, where, f"{len(hashes)}/{width}")
    return hashes
