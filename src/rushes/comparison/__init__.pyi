from rushes.comparison.ballot import add_vote as add_vote, votes as votes
from rushes.comparison.document import page as page
from rushes.comparison.entry import Entry as Entry, entries as entries
from rushes.comparison.movie import side_by_side as side_by_side
from rushes.comparison.stills import contact_sheet as contact_sheet, frames as frames
from rushes.comparison.strength import Strength as Strength, strengths as strengths
from rushes.comparison.tally import Standing as Standing, summary as summary
from rushes.journal import Vote as Vote
