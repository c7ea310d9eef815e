/* Boards: each subscribes, and what it is shown is compared with what the agents have said.
 *
 * A delivered seat is found again by its time: the hub shows the `since` that the agent has sent,
 * moved by the skew that it measured at the agent's hello, so the same for all of one connection.
 */
#include "boards.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "agents.h"
#include "frame.h"
#include "text.h"

enum {
  READINGS = 256,          /* frames whose contents are known: many boards get the same bytes */
  INFLATED_MAX = 8 << 20,
  SAME_US = 20,            /* a double holds times of this century to 0.2 µs, and is rounded twice */
  NOBODY = -1
};

/* A seat that a frame shows: the number of its agent's change, and when that was made. */
typedef struct {
  uint32_t agent, seq;
  int64_t said_us;
} sight;

/* What one frame says. */
typedef struct {
  uint8_t *bytes;
  size_t length;
  enum { OTHER, SNAPSHOT, DELTA } kind;
  bool last;
  uint64_t after, offset;
  uint32_t strange, unknown, count, room;
  sight *sights;
} reading;

struct boards boards;
struct seen seen;
static uint32_t *agent_of; /* by member: the agent that speaks for it */
static uint32_t members;
static reading readings[READINGS];
static z_stream inflater;
static uint8_t inflated[INFLATED_MAX];

void boards_begin(uint32_t count, uint32_t members_max) {
  boards.all = calloc(count, sizeof *boards.all);
  members = members_max + 1;
  agent_of = malloc(members * sizeof *agent_of);
  memset(agent_of, NOBODY, members * sizeof *agent_of);
  for (uint32_t i = 0; i < agents.count; i++)
    if (agents.all[i].speaks) agent_of[agents.all[i].member] = i;
  inflateInit2(&inflater, -15); /* RFC 7692 7.2.2: no header, 32 kB of window */
}

void board_add(board *one, const char *token) {
  one->conn.index = boards.count++;
  one->conn.board = one->aside = true;
  one->conn.token = strdup(token);
  one->last = calloc(agents.count, sizeof *one->last);
}

void board_lost(board *one, bool was_ready) {
  one->aside = one->conn.over = true; /* none is let go in these workloads: it stays away */
  boards.ready -= was_ready;
  seen.closed++;
}

/* ---- reading a frame */

/* The change to the shown state whose time is nearest, once moved by so much; how far it is off. */
static int64_t nearest(const agent *one, bool present, int64_t shown_us, int64_t shift_us,
                       uint32_t *found) {
  uint32_t oldest = one->seq < REMEMBERED ? 0 : one->seq - REMEMBERED + 1;
  int64_t least = INT64_MAX;
  for (uint32_t seq = one->seq + 1; seq-- > oldest;) {
    if ((seq % 2 == 0) != present) continue;
    int64_t off = llabs(shown_us - shift_us - one->said_us[seq % REMEMBERED]);
    if (off >= least) break; /* they only get older from here */
    least = off;
    *found = seq;
  }
  return least;
}

/* Which change of the agent this is; false if it never said so. */
static bool recognised(agent *one, bool present, int64_t shown_us, uint32_t *found) {
  if (one->met && nearest(one, present, shown_us, one->shift_us, found) <= SAME_US) return true;
  if (!one->shift_doubtful) return false;
  if (nearest(one, present, shown_us, 0, found) == INT64_MAX) return false;
  one->shift_us = shown_us - one->said_us[*found % REMEMBERED];
  one->shift_doubtful = false;
  return one->met = true;
}

static void add_sight(reading *read, sight one) {
  if (read->count == read->room) {
    read->room = read->room ? 2 * read->room : 64;
    read->sights = realloc(read->sights, read->room * sizeof *read->sights);
  }
  read->sights[read->count++] = one;
}

/* One seat, from its member's number on: {"member":7,"label":"away","since":1.5,… */
static void read_seat(reading *read, const uint8_t *seat, const uint8_t *end) {
  uint32_t member = number(seat, end, 0);
  uint32_t index = member < members ? agent_of[member] : (uint32_t)NOBODY;
  const uint8_t *label = after(seat, end, ",\"label\":\""), *since = after(label, end, "\"since\":");
  if (index == (uint32_t)NOBODY || !since) return;
  bool present = begins(label, end, "present\""), away = begins(label, end, "away\"");
  if (begins(label, end, "off\"")) return; /* nobody has ever said hello for it */
  if (!present && !away) {
    read->unknown++;
    return;
  }
  sight one = {.agent = index};
  if (!recognised(&agents.all[index], present, number(since, end, 6), &one.seq)) {
    read->strange++;
    return;
  }
  one.said_us = agents.all[index].said_us[one.seq % REMEMBERED];
  add_sight(read, one);
}

static void read_frame(reading *read, const uint8_t *text, size_t length) {
  const uint8_t *end = text + length, *at;
  read->count = read->strange = read->unknown = 0;
  read->kind = begins(text, end, "{\"type\":\"snapshot\"") ? SNAPSHOT
               : begins(text, end, "{\"type\":\"delta\"")  ? DELTA
                                                           : OTHER;
  if (read->kind == OTHER) return;
  const uint8_t *head = text + (length < 256 ? length : 256);
  at = after(text, head, "\"after\":");
  read->after = at ? number(at, end, 0) : 0;
  at = after(text, head, "\"offset\":");
  read->offset = at ? number(at, end, 0) : 0;
  read->last = after(text, head, "\"last\":true") != NULL;
  for (at = after(text, end, "{\"member\":"); at; at = after(at, end, "{\"member\":"))
    read_seat(read, at, end);
}

static size_t inflate_text(const uint8_t *text, size_t length) {
  static const uint8_t tail[] = {0, 0, 0xff, 0xff}; /* RFC 7692 7.2.2 */
  inflateReset(&inflater);
  inflater.next_out = inflated;
  inflater.avail_out = sizeof inflated;
  inflater.next_in = (uint8_t *)text;
  inflater.avail_in = length;
  inflate(&inflater, Z_SYNC_FLUSH);
  inflater.next_in = (uint8_t *)tail;
  inflater.avail_in = sizeof tail;
  inflate(&inflater, Z_SYNC_FLUSH);
  return sizeof inflated - inflater.avail_out;
}

/* The same bytes are read once: boards of one view get the same frames. */
static const reading *reading_of(const uint8_t *text, size_t length, bool compressed) {
  uint32_t mixed = length;
  for (size_t i = 0; i < length && i < 160; i++) mixed = (mixed ^ text[i]) * 16777619; /* FNV-1a */
  reading *read = &readings[mixed % READINGS];
  if (read->length == length && !memcmp(read->bytes, text, length)) return read;
  read->bytes = realloc(read->bytes, length);
  memcpy(read->bytes, text, length);
  read->length = length;
  if (compressed)
    read_frame(read, inflated, inflate_text(text, length));
  else
    read_frame(read, text, length);
  return read;
}

/* ---- what it means to a board */

static void converging(board *one, uint32_t agent, uint32_t before, uint32_t seq, int64_t now) {
  if (before >= one->wanted[agent] || seq < one->wanted[agent]) return;
  if (--one->missing == 0) one->converged_us = now - one->read_again_us;
}

static void show(board *one, const sight *what, int64_t now) {
  uint32_t before = one->last[what->agent];
  if (what->seq <= before) {
    if (what->seq == before)
      seen.repeated++;
    else
      seen.reordered++;
    return;
  }
  one->last[what->agent] = what->seq;
  one->shown += what->seq - before;
  if (one->missing) converging(one, what->agent, before, what->seq, now);
  seen.delivered++;
  seen.conflated += what->seq - before - 1;
  seen.last_us = now;
  if (!one->aside) latencies_add(&seen.latencies, now - what->said_us);
}

static void whole(board *one) {
  one->conn.stage = READY;
  one->aside = false;
  boards.ready++;
}

void board_opened(board *one) {
  static const char subscribe[] = "{\"type\":\"subscribe\",\"version\":1}";
  if (agents.relay)
    whole(one);
  else
    conn_send(&one->conn, TEXT, subscribe, sizeof subscribe - 1);
}

static bool follows(board *one, const reading *read) {
  if (agents.relay) return true; /* it keeps no offsets */
  if (read->kind == DELTA && read->after > one->offset) seen.gaps++;
  if (read->kind == DELTA && read->offset <= one->offset) return false;
  if (read->kind == DELTA || read->last) one->offset = read->offset;
  return true;
}

void board_told(board *one, uint8_t *text, size_t length, bool compressed) {
  const reading *read = reading_of(text, length, compressed);
  int64_t now = now_us();
  if (read->kind == OTHER || !follows(one, read)) return;
  seen.strange += read->strange;
  seen.unknown += read->unknown;
  for (uint32_t i = 0; i < read->count; i++) show(one, &read->sights[i], now);
  if (read->last && one->conn.stage == OPEN) whole(one);
}

/* ---- measuring */

static uint64_t changes(void) {
  uint64_t made = 0;
  for (uint32_t i = 0; i < agents.count; i++) made += agents.all[i].seq;
  return made;
}

void boards_measure(void) {
  uint64_t made = changes();
  for (uint32_t b = 0; b < boards.count; b++) {
    board *one = &boards.all[b];
    if (one->aside) continue; /* what it shows is behind, and counts from there */
    one->shown = made;
    for (uint32_t i = 0; i < agents.count; i++) one->last[i] = agents.all[i].seq;
  }
  seen = (struct seen){.last_us = now_us()};
}

uint64_t boards_lack(void) {
  uint64_t made = changes(), lacking = 0;
  for (uint32_t b = 0; b < boards.count; b++)
    if (!boards.all[b].aside) lacking += made - boards.all[b].shown;
  return lacking;
}

void board_reads_again(board *one) {
  if (!one->wanted) one->wanted = malloc(agents.count * sizeof *one->wanted);
  one->missing = 0;
  one->converged_us = -1;
  one->read_again_us = now_us();
  for (uint32_t i = 0; i < agents.count; i++) {
    one->wanted[i] = agents.all[i].seq;
    one->missing += one->last[i] < agents.all[i].seq;
  }
  if (!one->missing) one->converged_us = 0;
}
