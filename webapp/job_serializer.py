"""How jobs are written in Redis: as JSON. This module imports little, since the schedule uses it too."""

import io
import json
import pickle
from typing import Any

PICKLE_STARTS = b"\x80"


class PlainData:
    """RQ's serializer for jobs whose arguments are numbers and strings.

    Jobs that an earlier version queued are pickles. They are still read, but only for plain data: a pickle that would
    import or call anything is refused.
    """

    @staticmethod
    def dumps(value: Any) -> bytes:
        return json.dumps(value).encode()

    @staticmethod
    def loads(data: bytes) -> Any:
        """Return the value. Raises ValueError or pickle.UnpicklingError."""
        return _PlainUnpickler(io.BytesIO(data)).load() if data.startswith(PICKLE_STARTS) else json.loads(data)


class _PlainUnpickler(pickle.Unpickler):  # it makes nothing but plain data
    def find_class(self, module_name: str, global_name: str) -> Any:
        raise pickle.UnpicklingError(f"a job holds plain data, and not {module_name}.{global_name}")
