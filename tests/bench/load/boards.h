/* Boards: each subscribes, and what it is shown is compared with what the agents have said. */
#pragma once
#include "conn.h"
#include "figures.h"

typedef struct board {
  conn conn;
  bool aside;          /* is not counted: it was stalled, or has not the whole picture yet */
  uint64_t offset;     /* where it stands */
  uint64_t shown;      /* of all changes that were made, how many it has shown or passed over */
  uint32_t *last;      /* for each agent, the number of the change that is shown */
  uint32_t *wanted;    /* after a stall: what has to be shown until it has converged */
  uint32_t missing;    /* for how many agents that is not so yet */
  int64_t read_again_us, converged_us;
} board;

extern struct boards {
  board *all;
  uint32_t count, ready;
} boards;

/* What boards were shown since the last `boards_measure`. */
extern struct seen {
  uint64_t delivered;   /* changes, each at each board that showed it */
  uint64_t conflated;   /* changes that a later one of the same seat stood in for */
  uint64_t repeated;    /* seats that were shown again as they were */
  uint64_t reordered;   /* seats that went back to an earlier change */
  uint64_t strange;     /* seats in a state that their agent never said */
  uint64_t unknown;     /* seats shown as not known although their agent is there */
  uint64_t gaps;        /* deltas that came after one that did not come */
  uint64_t closed;      /* boards that the hub let go */
  int64_t last_us;
  latencies latencies;
} seen;

void boards_begin(uint32_t count, uint32_t members_max);
void board_add(board *one, const char *token);
void board_opened(board *one);
void board_told(board *one, uint8_t *text, size_t length, bool compressed);
void board_lost(board *one, bool was_ready);

/* Begin to count: what boards show now is taken as right, but for those that are aside. */
void boards_measure(void);

/* Changes that boards have not been shown, whether as they were or by a later one. */
uint64_t boards_lack(void);

/* This board reads again: when has it caught up with what was said until now? */
void board_reads_again(board *one);
