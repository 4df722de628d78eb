"""Lets a real Synapse's queue for one destination try to send.

This file runs in the environment of a release. Each case that it reads, as JSON, says how long the
destination is left alone (in ms; 0 if it is due), whether it answers, and the last event that it
got. It prints what is left in the queue, whether the queue is catching up, and what is sent when
the destination is due and answers later. The queue and the choice of events to catch up with are
the release's own; the rest of the store and the request are replaced.
"""

import logging
import sqlite3
from types import SimpleNamespace
from typing import Any

from synapse.api.errors import RequestSendFailed
from synapse.api.presence import UserPresenceState
from synapse.federation.sender.per_destination_queue import PerDestinationQueue
from synapse.federation.units import Edu
from synapse.storage.databases.main.transactions import (
    DestinationRetryTimings,
    TransactionWorkerStore,
)
from synapse.types import ReadReceipt

from tests.real.driver import federation_config, finish, serve

DESTINATION, ROOM, USER, NOW_MS = "example.org", "!room:example.com", "@me:example.com", 10**12
# The events of two rooms, by their stream orderings. The last one of a room is its newest.
ROOM_OF = {2: ROOM, 3: ROOM, 4: "!other:example.com"}
logging.disable()


def event(ordering: int) -> Any:
    return SimpleNamespace(
        event_id=f"${ordering}",
        room_id=ROOM_OF[ordering],
        internal_metadata=SimpleNamespace(stream_ordering=ordering),
    )


class Store:
    """A destination that got the event `last_sent` last, or none; it has missed those in ROOM_OF.

    There is a to-device message for it, and a change of devices.
    """

    def __init__(self, left_alone_ms: int, last_sent: Any) -> None:
        self.left_alone_ms = left_alone_ms
        self.last_sent = last_sent
        self.device_edus = ["m.direct_to_device", "m.device_list_update"]
        self.database = sqlite3.connect(":memory:")
        self.database.executescript(
            "CREATE TABLE events (event_id TEXT, stream_ordering BIGINT);"
            "CREATE TABLE destination_rooms (destination TEXT, room_id TEXT, "
            "stream_ordering BIGINT, PRIMARY KEY (destination, room_id));"
        )
        self.db_pool = SimpleNamespace(simple_upsert_many=self.upsert)
        for ordering, room in ROOM_OF.items():
            self.database.execute("INSERT INTO events VALUES (?, ?)", (f"${ordering}", ordering))
            finish(
                TransactionWorkerStore.store_destination_rooms_entries(
                    self, [DESTINATION], room, ordering
                )
            )
        self.hs = SimpleNamespace(config=SimpleNamespace(federation=federation_config({})))

    async def get_destination_retry_timings(self, _destination: str) -> Any:
        if not self.left_alone_ms:
            return None
        return DestinationRetryTimings(NOW_MS, NOW_MS, self.left_alone_ms)

    async def upsert(self, table: str, key_values: Any, value_values: Any, **_: Any) -> None:
        if table == "destination_rooms":
            for key, values in zip(key_values, value_values, strict=True):
                self.database.execute(
                    "INSERT OR REPLACE INTO destination_rooms VALUES (?, ?, ?)", (*key, *values)
                )

    async def get_catch_up_room_event_ids(self, destination: str, last: int) -> Any:
        return TransactionWorkerStore._get_catch_up_room_event_ids_txn(
            self.database.cursor(), destination, last
        )

    async def get_events_as_list(self, event_ids: list[str]) -> Any:
        return [event(int(event_id[1:])) for event_id in event_ids]

    async def get_prev_events_for_room(self, room: str) -> Any:
        return [f"${max(ordering for ordering, of in ROOM_OF.items() if of == room)}"]

    async def mark_backlogged_sticky_events_after_catchup_transaction(
        self, *_: Any, **__: Any
    ) -> None:
        """Ignored: there are none."""

    async def get_destination_last_successful_stream_ordering(self, _destination: str) -> Any:
        return self.last_sent

    async def set_destination_last_successful_stream_ordering(self, *_: Any) -> None:
        """Ignored."""

    def get_to_device_stream_token(self) -> int:
        return 1

    async def get_new_device_msgs_for_remote(self, *_: Any) -> Any:
        return [{}] * ("m.direct_to_device" in self.device_edus), 2

    async def delete_device_msgs_for_remote(self, *_: Any) -> None:
        self.device_edus.remove("m.direct_to_device")

    async def get_device_updates_by_remote(self, *_: Any, **__: Any) -> Any:
        return 2, [(kind, {}) for kind in self.device_edus if kind == "m.device_list_update"]

    async def mark_as_sent_devices_by_remote(self, *_: Any) -> None:
        self.device_edus.remove("m.device_list_update")


def answer(left_alone_ms: int, answers: bool, last_sent: Any) -> dict[str, Any]:
    """What is left in the queue after it tried to send three events, a typing notice, a receipt, a
    presence.

    `sent` has the content of the request, if one was made, and `sent later` that of the requests
    that are made when the destination is due and answers.
    """
    sent: list[str] = []

    async def send_new_transaction(_destination: str, pdus: list[Any], edus: list[Any]) -> None:
        sent.extend([pdu.event_id for pdu in pdus] + sorted(edu.edu_type for edu in edus))
        if not answers:
            raise RequestSendFailed(ConnectionRefusedError(), can_retry=True)

    store = Store(left_alone_ms, last_sent)
    shards = SimpleNamespace(should_handle=lambda *_: True)
    hs = SimpleNamespace(
        hostname="example.com",
        get_clock=lambda: SimpleNamespace(time_msec=lambda: NOW_MS),
        get_storage_controllers=lambda: None,
        get_datastores=lambda: SimpleNamespace(main=store),
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
    for ordering in ROOM_OF:
        queue.send_pdu(event(ordering))
    queue.send_presence([UserPresenceState.default(USER)])
    queue.queue_read_receipt(
        ReadReceipt(
            room_id=ROOM,
            receipt_type="m.read",
            user_id=USER,
            event_ids=["$2"],
            thread_id=None,
            data={},
        )
    )
    typing = Edu(origin="example.com", destination=DESTINATION, edu_type="m.typing", content={})
    queue.send_keyed_edu(typing, ROOM)
    finish(queue._transaction_transmission_loop())
    after = {
        "sent": list(sent),
        "events": len(queue._pending_pdus),
        "m.presence": len(queue._pending_presence),
        "m.receipt": len(queue._pending_receipt_edus),
        "m.typing": len(queue._pending_edus_keyed),
        "catching up": queue._catching_up,
    }
    sent.clear()
    answers, store.left_alone_ms = True, 0
    finish(queue._transaction_transmission_loop())
    return {**after, "sent later": sent}


if __name__ == "__main__":
    serve(lambda case: answer(**case))
