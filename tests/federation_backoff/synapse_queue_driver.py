"""Lets a real Synapse's queue for one destination try to send.

This file runs in the environment of a release. Each case that it reads, as JSON, says how long the
destination is left alone (in ms; 0 if it is due) and whether it answers. It prints what is left in
the queue, and whether the queue is catching up. The queue is the release's own; the store and the
request are replaced.
"""

import logging
from types import SimpleNamespace
from typing import Any

from synapse.api.errors import RequestSendFailed
from synapse.api.presence import UserPresenceState
from synapse.federation.sender.per_destination_queue import PerDestinationQueue
from synapse.federation.units import Edu
from synapse.storage.databases.main.transactions import DestinationRetryTimings
from synapse.types import ReadReceipt

from tests.real.driver import federation_config, finish, serve

DESTINATION, ROOM, USER, NOW_MS = "example.org", "!room:example.com", "@me:example.com", 10**12
logging.disable()


class Store:
    """A destination that never got an event; there is nothing to send except for the queue."""

    def __init__(self, left_alone_ms: int) -> None:
        self.left_alone_ms = left_alone_ms
        self.hs = SimpleNamespace(config=SimpleNamespace(federation=federation_config({})))

    async def get_destination_retry_timings(self, _destination: str) -> Any:
        if not self.left_alone_ms:
            return None
        return DestinationRetryTimings(NOW_MS, NOW_MS, self.left_alone_ms)

    async def get_destination_last_successful_stream_ordering(self, _destination: str) -> None:
        """None: no event was ever sent."""

    async def set_destination_last_successful_stream_ordering(self, *_: Any) -> None:
        """Ignored."""

    def get_to_device_stream_token(self) -> int:
        return 1

    async def get_new_device_msgs_for_remote(self, *_: Any) -> Any:
        return [], 1

    async def get_device_updates_by_remote(self, *_: Any, **__: Any) -> Any:
        return 1, []


def answer(left_alone_ms: int, answers: bool) -> dict[str, Any]:
    """What is left in the queue after it tried to send an event, a typing notice, a receipt, a
    presence.

    `sent` has the content of the request, if one was made.
    """
    sent: list[str] = []

    async def send_new_transaction(_destination: str, pdus: list[Any], edus: list[Any]) -> None:
        sent.extend(["event"] * len(pdus) + sorted(edu.edu_type for edu in edus))
        if not answers:
            raise RequestSendFailed(ConnectionRefusedError(), can_retry=True)

    shards = SimpleNamespace(should_handle=lambda *_: True)
    hs = SimpleNamespace(
        hostname="example.com",
        get_clock=lambda: SimpleNamespace(time_msec=lambda: NOW_MS),
        get_storage_controllers=lambda: None,
        get_datastores=lambda: SimpleNamespace(main=Store(left_alone_ms)),
        get_instance_name=lambda: "master",
        get_state_handler=lambda: None,
        config=SimpleNamespace(
            worker=SimpleNamespace(federation_shard_config=shards),
            experimental=SimpleNamespace(msc4354_enabled=False),
        ),
    )
    manager = SimpleNamespace(send_new_transaction=send_new_transaction)
    queue = PerDestinationQueue(hs, manager, DESTINATION)
    queue.attempt_new_transaction = lambda: None  # it would start in the background
    event = SimpleNamespace(event_id="$event", internal_metadata=SimpleNamespace(stream_ordering=2))
    queue.send_pdu(event)
    queue.send_presence([UserPresenceState.default(USER)])
    queue.queue_read_receipt(
        ReadReceipt(
            room_id=ROOM,
            receipt_type="m.read",
            user_id=USER,
            event_ids=["$event"],
            thread_id=None,
            data={},
        )
    )
    typing = Edu(origin="example.com", destination=DESTINATION, edu_type="m.typing", content={})
    queue.send_keyed_edu(typing, ROOM)
    finish(queue._transaction_transmission_loop())
    return {
        "sent": sent,
        "event": len(queue._pending_pdus),
        "m.presence": len(queue._pending_presence),
        "m.receipt": len(queue._pending_receipt_edus),
        "m.typing": len(queue._pending_edus_keyed),
        "catching up": queue._catching_up,
    }


if __name__ == "__main__":
    serve(lambda case: answer(**case))
