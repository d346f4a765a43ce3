"""How jobs are written in Redis: as JSON. The schedule imports this module too, so it imports little."""

import io
import json
import pickle
from typing import Any

from webapp.job_names import FORMER_NAMES

PICKLE_STARTS = b"\x80"


class PlainData:
    """RQ's serializer for jobs whose arguments are numbers and strings.

    Jobs that an earlier version queued are pickles. They are still read, but only for plain data: a pickle that would
    import or call anything is refused. A job with a former name gets its present one.
    """

    @staticmethod
    def dumps(value: Any) -> bytes:
        return json.dumps(value).encode()

    @staticmethod
    def loads(data: bytes) -> Any:
        """Return the value. Raises ValueError or pickle.UnpicklingError."""
        pickled = data.startswith(PICKLE_STARTS)
        return _renamed(_PlainUnpickler(io.BytesIO(data)).load() if pickled else json.loads(data))


def _renamed(value: Any) -> Any:
    """Return a job as RQ writes it, (name, instance, args, kwargs), with its present name; any other value as it is."""
    match value:
        case [str(name), *rest] if name in FORMER_NAMES:
            return [str(FORMER_NAMES[name]), *rest]
    return value


class _PlainUnpickler(pickle.Unpickler):
    """Unpickles only plain data."""

    def find_class(self, module_name: str, global_name: str) -> Any:
        raise pickle.UnpicklingError(f"a job holds plain data, and not {module_name}.{global_name}")
