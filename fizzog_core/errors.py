"""All errors that Fizzog raises on purpose. A message contains the expectation, the fault and the remedy."""


class FizzogError(Exception):
    """An error that the caller can correct. Pages and commands show its message without a traceback."""


class PictureError(FizzogError):
    """The bytes are not a readable picture, or the picture is too large."""


class VideoError(FizzogError):
    """The file is not a readable video."""


class ModelError(FizzogError):
    """A network's file or card is missing, damaged, or does not belong to its card."""


class DataError(FizzogError):
    """A data set's file or folder does not have the documented format."""


class SpeechError(FizzogError):
    """No audio is available for a sentence."""


class ExportError(FizzogError):
    """Results cannot be written to the requested file or format."""


class SettingsError(FizzogError):
    """A setting from the environment has an invalid value."""


class PredictionError(FizzogError):
    """The batching engine delivered no result. The detectors are not affected."""


class OverloadedError(PredictionError):
    """Too many requests wait, or a result did not come within the time limit."""


class EngineClosedError(PredictionError):
    """The engine has been shut down and accepts no requests."""


class EngineCrashError(PredictionError):
    """The engine's thread failed during this request and continues with the next one."""


class WorkerError(FizzogError):
    """A job in a worker process ended without a result: the process died, or a limit was reached."""


class QueueFullError(WorkerError):
    """Too many jobs wait for a worker process."""


class CancelledJobError(WorkerError):
    """The job was cancelled: its client submitted another one, or left."""


class ForkError(FizzogError):
    """Networks or detectors are used in a process that was forked after they were loaded."""


class TeachError(FizzogError):
    """A custom gesture cannot be taught, or the file does not contain custom gestures."""


class ClusterError(FizzogError):
    """A Ray cluster cannot be reached, or it failed."""


class RequestError(FizzogError):
    """The service refuses a request; ``status`` is the HTTP status of the response."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
