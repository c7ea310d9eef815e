/* Agents: each is one device that says hello, reports its state by number, and sends heartbeats. */
#include "agents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "frame.h"
#include "text.h"

enum {
  WINDOW = 256,     /* reports on the way, as our agents keep it */
  SLOTS = 8192,     /* of the wheel: a heartbeat is at most 16 s away */
  SLOT_US = 2000,
  NOBODY = -1
};

struct agents agents;
static uint32_t wheel[SLOTS]; /* the first agent of each slot, NOBODY where there is none */
static int64_t turned;        /* the number of the last slot that was looked at */

static void beat_later(agent *one, int64_t now, double share) {
  uint32_t index = one - agents.all;
  int64_t slots = agents.heartbeat_s * share * 1e6 / SLOT_US;
  int64_t at = now / SLOT_US + (slots < 1 ? 1 : slots >= SLOTS ? SLOTS - 1 : slots);
  one->due_next = wheel[at % SLOTS];
  wheel[at % SLOTS] = index;
}

void agents_begin(uint32_t count, bool relay) {
  agents.relay = relay;
  agents.heartbeat_s = 10;
  agents.all = calloc(count, sizeof *agents.all);
  memset(wheel, NOBODY, sizeof wheel);
  turned = now_us() / SLOT_US;
}

void agent_add(agent *one, uint32_t member, bool speaks, const char *token) {
  one->conn.index = agents.count++;
  one->conn.token = strdup(token);
  one->member = member;
  one->speaks = speaks;
  one->said_us = calloc(speaks ? REMEMBERED : 1, sizeof *one->said_us);
  one->said_us[0] = now_us();
}

static int64_t *said_us(agent *one, uint32_t seq) { return &one->said_us[seq % REMEMBERED]; }

static int facts(agent *one, uint32_t seq, char *text, size_t room) {
  int64_t at = *said_us(one, seq);
  bool present = one->speaks && seq % 2 == 0;
  return snprintf(text, room, "{\"since\":%lld.%06lld,\"presence\":\"%s\"}",
                  (long long)(at / 1000000), (long long)(at % 1000000),
                  present ? "present" : "away");
}

/* To a relay: the frame that boards shall get, of the size that the hub's has. */
static void publish(agent *one) {
  char text[512];
  long long at = *said_us(one, one->seq), s = at / 1000000, us = at % 1000000;
  const char *word = one->speaks && one->seq % 2 == 0 ? "present" : "away";
  int length = snprintf(
      text, sizeof text,
      "{\"type\":\"delta\",\"epoch\":\"relay\",\"seats\":[{\"member\":%u,\"label\":\"%s\","
      "\"since\":%lld.%06lld,\"work\":\"working\",\"presence\":\"%s\",\"link\":\"online\","
      "\"devices\":[{\"id\":%u,\"since\":%lld.%06lld,\"presence\":\"%s\"}]}]}",
      one->member, word, s, us, word, one->member, s, us, word);
  one->sent = one->recorded = one->seq;
  conn_send(&one->conn, TEXT, text, length);
}

static void hello(agent *one) {
  char text[512], now_facts[128];
  int64_t now = now_us();
  facts(one, one->seq, now_facts, sizeof now_facts);
  int length = snprintf(
      text, sizeof text,
      "{\"type\":\"hello\",\"version\":1,\"session\":\"load-%u\",\"device_epoch\":\"load\","
      "\"next_seq\":%u,\"clock\":%lld.%06lld,\"facts\":%s,\"agent\":\"load\"}",
      one->conn.index, one->seq + 1, (long long)(now / 1000000), (long long)(now % 1000000),
      now_facts);
  conn_send(&one->conn, TEXT, text, length);
}

static void report(agent *one) {
  char text[256], then[128];
  while (one->conn.stage == READY && one->sent < one->seq && one->sent - one->recorded < WINDOW) {
    one->sent++;
    facts(one, one->sent, then, sizeof then);
    int length = snprintf(text, sizeof text, "{\"type\":\"state\",\"seq\":%u,\"facts\":%s}",
                          one->sent, then);
    conn_send(&one->conn, TEXT, text, length);
  }
}

void agent_changes(agent *one) {
  one->seq++;
  *said_us(one, one->seq) = now_us();
  if (agents.relay && one->conn.stage == READY) publish(one);
  report(one);
}

static void joined(agent *one) {
  one->conn.stage = READY;
  one->conn.tries = 0;
  agents.ready++;
  if (!one->beats) beat_later(one, now_us(), drand48()); /* spread, as if they came one by one */
  one->beats = true;
  report(one);
}

static void welcomed(agent *one, const uint8_t *text, const uint8_t *end) {
  const uint8_t *recorded = after(text, end, "\"recorded\":");
  const uint8_t *heartbeat = after(text, end, "\"heartbeat_s\":");
  if (!recorded || !heartbeat) return;
  agents.heartbeat_s = number(heartbeat, end, 6) / 1e6;
  one->recorded = one->sent = number(recorded, end, 0);
  joined(one);
}

void agent_opened(agent *one) {
  one->shift_doubtful = true;
  if (!agents.relay) {
    hello(one);
    return;
  }
  publish(one);
  joined(one);
}

void agent_told(agent *one, const uint8_t *text, size_t length) {
  const uint8_t *end = text + length;
  if (begins(text, end, "{\"type\":\"welcome\"")) welcomed(one, text, end);
  if (!begins(text, end, "{\"type\":\"ack\"")) return;
  const uint8_t *seq = after(text, end, "\"seq\":");
  if (seq) one->recorded = number(seq, end, 0);
  report(one);
}

/* What a close tells the agent to do, and how it comes back (hub/protocol/session.py). */
void agent_lost(agent *one, int code, bool was_ready) {
  bool wait = code == 4429 || code == 4503 || code == 429 || code == 503;
  bool stop = code == 1009 || (code >= 4400 && code < 4500 && code != 4429);
  double longest_s = one->conn.tries < 4 ? 0.2 * (1 << one->conn.tries) : 3.0;
  double delay_s = longest_s * (0.5 + 0.5 * drand48());
  if (wait) delay_s = 5.0 * (1 + drand48());
  one->conn.retry_at_us = now_us() + delay_s * 1e6;
  one->conn.tries += one->conn.tries < 10;
  one->conn.over = stop || (code >= 400 && code < 404);
  agents.ready -= was_ready;
  agents.lost++;
}

uint64_t agents_unrecorded(void) {
  uint64_t count = 0;
  for (uint32_t i = 0; i < agents.count; i++)
    if (agents.all[i].conn.stage == READY) count += agents.all[i].seq - agents.all[i].recorded;
  return count;
}

void agents_beat(int64_t now) {
  static const char beat[] = "{\"type\":\"heartbeat\"}";
  for (; turned < now / SLOT_US; turned++) {
    uint32_t next = wheel[(turned + 1) % SLOTS];
    wheel[(turned + 1) % SLOTS] = NOBODY;
    while (next != (uint32_t)NOBODY) {
      agent *one = &agents.all[next];
      next = one->due_next;
      beat_later(one, now, 0.8 + 0.4 * drand48()); /* ± 20 %, as our agents do */
      if (one->conn.stage != READY) continue;
      if (agents.relay)
        conn_send(&one->conn, PING, "", 0); /* a text would be passed on */
      else
        conn_send(&one->conn, TEXT, beat, sizeof beat - 1);
      agents.heartbeats++;
    }
  }
}
