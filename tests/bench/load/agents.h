/* Agents: each is one device that says hello, reports its state by number, and sends heartbeats. */
#pragma once
#include "conn.h"

enum { REMEMBERED = 1024 }; /* changes of an agent whose times are kept */

typedef struct agent {
  conn conn;
  uint32_t member;
  bool speaks;         /* its member's state is what this device says; the others are away */
  uint32_t seq, sent;  /* the last change that was made, and that was sent */
  uint32_t recorded;   /* the last one that the hub has acknowledged */
  bool beats;          /* is in the wheel of heartbeats, with this one after it in its slot */
  uint32_t due_next;
  bool met;            /* some board has shown it */
  bool shift_doubtful; /* by how much the hub moves its times: by the skew measured at its hello */
  int64_t shift_us;
  int64_t *said_us;    /* when change n was made, at n % REMEMBERED */
} agent;

extern struct agents {
  agent *all;
  uint32_t count, ready;
  uint64_t heartbeats, lost;
  double heartbeat_s; /* as the hub says */
  bool relay;
} agents;

/* A relay passes on what it is given and says nothing: agents then send what boards shall read. */
void agents_begin(uint32_t count, bool relay);
void agent_add(agent *one, uint32_t member, bool speaks, const char *token);
void agent_opened(agent *one);
void agent_told(agent *one, const uint8_t *text, size_t length);

/* The state turns over: present, away, present … A report goes out when it may. */
void agent_changes(agent *one);

void agent_lost(agent *one, int code, bool was_ready);

/* Changes that the hub has not acknowledged. */
uint64_t agents_unrecorded(void);

void agents_beat(int64_t now);
