/* Many websocket connections to one hub, over one epoll. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { AWAY, CONNECTING, SHAKING, OPEN, READY } stage;

typedef struct conn {
  int fd;
  uint8_t stage;   /* READY is what the owner says of an open one */
  bool board;      /* else an agent */
  bool small;      /* takes little into its kernel buffer: one that will be stalled */
  bool stalled;    /* does not read */
  bool over;       /* the hub said that coming back is of no use */
  uint8_t tries;   /* in a row that failed */
  uint32_t index;  /* among the boards or the agents */
  const char *token;
  int64_t retry_at_us; /* when it is AWAY: not before */
  uint8_t *rest, *unsent; /* half a frame that came, and what the socket did not take */
  size_t rest_length, unsent_length;
} conn;

/* What happens to connections; the owner does what the protocol says. */
void on_open(conn *one);
void on_text(conn *one, uint8_t *text, size_t length, bool compressed);
/* With a close code, an HTTP status, or 0. */
void on_lost(conn *one, int code, bool was_ready);

extern struct totals {
  uint32_t afoot, connecting; /* not away; of these, before the websocket is open */
  uint64_t frames, bytes; /* that boards read */
} totals;

void conns_begin(int port, bool deflate);
void conn_open(conn *one);
void conn_send(conn *one, int opcode, const void *bytes, size_t length);
void conn_cut(conn *one); /* as a power cut does: nothing is said */
void conn_stall(conn *one, bool stalled);

/* Let everything happen that is due within so long; true when there is a command to read. */
bool conns_step(int timeout_ms);
