"""What this process counts, for Prometheus: each queue, lag and limit has its name here.

Names follow prometheus.io/docs/practices/naming: base units, `_total` for what only grows.
What can be read off the node when somebody asks is in `metrics` instead.
"""

from prometheus_client import Counter, Gauge, Histogram

LATENCIES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)

# ---- the live path

TICK = Histogram(
    "zaiseki_tick_seconds", "From deciding a tick's changes to their commit", buckets=LATENCIES
)
TICK_CHANGES = Histogram("zaiseki_tick_changes", "Changes in one tick", buckets=SIZES)
CONFLICTS = Counter("zaiseki_commit_conflicts", "Ticks decided anew, another node was first")
EPOCHS = Counter("zaiseki_epochs", "New epochs that this node followed into")
RENEWED = Counter("zaiseki_leases_renewed", "Leases renewed for devices that were heard")
EXPIRED = Counter("zaiseki_leases_expired", "Leases that this process saw end")
SWEPT = Gauge("zaiseki_swept_timestamp_seconds", "When this process last looked for ended leases")
LOOP_LAG = Histogram(
    "zaiseki_loop_lag_seconds", "How late the event loop ran a timer", buckets=LATENCIES
)

# ---- watchers

FRAMES = Counter("zaiseki_frames", "Frames handed to watchers")
SNAPSHOTS_SENT = Counter("zaiseki_snapshots_sent", "Whole views begun for watchers")
SKIPPED = Counter("zaiseki_watchers_skipped", "Times that a watcher did not keep up")
CAUGHT_UP = Counter("zaiseki_watchers_caught_up", "Times that a skipped watcher came back")

# ---- the record

BATCH = Histogram(
    "zaiseki_record_batch_seconds", "One batch to SQL, its commit included", buckets=LATENCIES
)
BATCH_ENTRIES = Histogram("zaiseki_record_batch_entries", "Entries in one batch", buckets=SIZES)
ACK_LAG = Histogram(
    "zaiseki_ack_lag_seconds", "From the oldest report of a batch to its ack", buckets=LATENCIES
)
SHED = Counter("zaiseki_reports_shed", "Reports that found no room; their agents send them again")
REFUSED = Counter("zaiseki_record_refused", "Entries that SQL refuses for good; see the log")
SNAPSHOTS_KEPT = Counter("zaiseki_snapshots_kept", "Snapshots of whole tenants written to SQL")
HEADS = Counter("zaiseki_heads", "Ends of chains that this process signed")
HEADS_NOT_KEPT = Counter(
    "zaiseki_heads_not_kept", "Signed heads that a place outside the record did not take"
)

# ---- the outside

THROTTLED = Counter("zaiseki_signin_throttled", "Sign-ins refused after too many wrong passwords")
