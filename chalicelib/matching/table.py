"""Tables of items by columns that are never written out: what a cell holds follows from its slot and its place."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self, overload

import numpy as np
from numpy.typing import NDArray

_Ints = NDArray[np.int64]
_Bools = NDArray[np.bool_]

AT_ONCE = 1 << 14
"""Rows that are multiplied at once."""


@dataclass(frozen=True, eq=False)
class Table[Cell: (np.bool_, np.uint8)]:
    """A table that is read like an array of shape (N, C): a cell is the product of one of a slot and one of a place.

    A million people, 84 slots and 10 places are 840 MB as an array, and 94 MB as a table.

    Args:
        slots: shape (N, S).
        places: shape (N, L).
        column_slot, column_place: indices of a column's slot and place, shape (C,).
        open: where it is False, all cells of a column are zero, shape (C,).
    """

    slots: NDArray[Cell]
    places: _Bools
    column_slot: _Ints
    column_place: _Ints
    open: _Bools

    __array_ufunc__ = None
    """NumPy leaves `weights @ table` to this class."""

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.slots), len(self.column_slot)

    def __getitem__(self, key: Any) -> Any:
        """Cells as an array's index gives them: table[items], table[item, columns], table[:, column]."""
        items, columns = key if isinstance(key, tuple) else (key, slice(None))
        slot, place, is_open = self.column_slot[columns], self.column_place[columns], self.open[columns]
        if isinstance(columns, slice):
            return self.slots[items][..., slot] * self.places[items][..., place] * is_open
        return self.slots[items, slot] * self.places[items, place] * is_open

    def __array__(self, dtype: Any = None, copy: Any = None) -> NDArray[Any]:
        return np.asarray(self[:], dtype=dtype)

    def __and__(self, columns: _Bools) -> Self:
        """The same table with only these columns open, shape (C,)."""
        return replace(self, open=self.open & columns)

    def take(self, columns: _Ints) -> Self:
        """The table of these columns, which may repeat."""
        return replace(
            self,
            column_slot=self.column_slot[columns],
            column_place=self.column_place[columns],
            open=self.open[columns],
        )

    def __rmatmul__(self, weights: NDArray[Any]) -> NDArray[Any]:
        """The weighted sum of each column, shape (C,); whole weights give whole sums."""
        total = np.zeros((self.slots.shape[1], self.places.shape[1]))
        for rows in self._lots():
            total += (self.slots[rows] * weights[rows, None].astype(float)).T @ self.places[rows].astype(float)
        found = total[self.column_slot, self.column_place] * self.open
        return np.rint(found).astype(np.int64) if np.issubdtype(weights.dtype, np.integer) else found

    def among(self, items: _Ints) -> _Ints:
        """How many of these items each column is open to, shape (C,)."""
        total = np.zeros((self.slots.shape[1], self.places.shape[1]))
        for first in range(0, len(items), AT_ONCE):
            rows = items[first : first + AT_ONCE]
            total += self.slots[rows].T.astype(float) @ self.places[rows].astype(float)
        found = total[self.column_slot, self.column_place] * self.open
        return found.astype(np.int64)

    def sum(self, axis: int) -> _Ints:
        """The sum of each row, shape (N,), or of each column, shape (C,)."""
        if axis == 0:
            return np.asarray(np.ones(len(self.slots), dtype=np.int64) @ self)
        count = np.zeros((self.slots.shape[1], self.places.shape[1]))
        np.add.at(count, (self.column_slot, self.column_place), self.open)
        found = np.empty(len(self.slots), dtype=np.int64)
        for rows in self._lots():
            found[rows] = ((self.slots[rows].astype(float) @ count) * self.places[rows]).sum(axis=1)
        return found

    @overload
    def any(self) -> bool: ...

    @overload
    def any(self, axis: int) -> _Bools: ...

    def any(self, axis: int | None = None) -> bool | _Bools:
        """Whether any cell is not zero; in each row or column when an axis is given."""
        return self._any if axis is None else self.sum(axis) > 0

    @cached_property
    def _any(self) -> bool:
        return bool(self.slots.any()) and bool(self.sum(axis=0).any())

    def _lots(self) -> Iterator[slice]:
        return (slice(first, first + AT_ONCE) for first in range(0, len(self.slots), AT_ONCE))
