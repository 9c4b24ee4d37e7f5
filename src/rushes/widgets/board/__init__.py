"""A set of takes as a grid."""

from rushes.widgets.board.widget import Board, board

__all__ = ["Board", "board"]
