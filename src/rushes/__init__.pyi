# The public names, each with its home. Type checkers and editors read this file; the package reads
# it to load a name when it is first used.

from rushes import media as media
from rushes._version import __version__ as __version__
from rushes.backends.protocol import Balance as Balance
from rushes.backends.registry import list_backends as list_backends
from rushes.catalog import providers as providers
from rushes.client import VideoGen as VideoGen
from rushes.contract.errors import (
    AuthenticationFailed as AuthenticationFailed,
    BackendUnavailable as BackendUnavailable,
    CreditsExhausted as CreditsExhausted,
    DeadlineExceeded as DeadlineExceeded,
    InvalidParams as InvalidParams,
    JobCancelled as JobCancelled,
    JobNotFound as JobNotFound,
    JobUncertain as JobUncertain,
    JournalError as JournalError,
    MediaError as MediaError,
    NoBackend as NoBackend,
    PolicyDenied as PolicyDenied,
    Problem as Problem,
    ProviderErrorDetail as ProviderErrorDetail,
    RateLimited as RateLimited,
    RushesError as RushesError,
    SafetyFilter as SafetyFilter,
)
from rushes.contract.marks import Marks as Marks
from rushes.contract.params import Shot as Shot, VideoGenParams as VideoGenParams
from rushes.contract.results import (
    Cost as Cost,
    Timings as Timings,
    VideoGenJobEvent as VideoGenJobEvent,
    VideoGenResult as VideoGenResult,
)
from rushes.estimate import Estimate as Estimate
from rushes.explore.axes import axis as axis, together as together
from rushes.explore.bakeoff import BakeOff as BakeOff
from rushes.explore.measures import Measures as Measures, MeasuresList as MeasuresList
from rushes.explore.measuring import measure as measure
from rushes.explore.progress import SweepProgress as SweepProgress
from rushes.explore.sweep import Sweep as Sweep
from rushes.explore.takes import Take as Take, Takes as Takes
from rushes.job import Job as Job
from rushes.journal import JobState as JobState
from rushes.plan import Plan as Plan
from rushes.spend import Spend as Spend, Sum as Sum
from rushes.widgets.board import Board as Board, board as board
from rushes.widgets.compare import Compare as Compare, compare as compare
from rushes.widgets.studio import Studio as Studio
