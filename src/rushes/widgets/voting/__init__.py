"""The widget in which takes of a bake-off are voted on."""

from rushes.widgets.voting.widget import Voting as Voting

__all__ = ["Voting"]
