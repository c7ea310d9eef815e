/* Many websocket connections to one hub, over one epoll. */
#define _GNU_SOURCE
#include "conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "figures.h"
#include "frame.h"

enum {
  SOURCES = 8,              /* of 127.0.0.x: each has 28,000 ports to connect from */
  READ_MAX = 1 << 20,       /* at once, so that one connection does not hold up the others */
  SMALL_RCVBUF = 8 * 1024 /* what a board that does not read may hide in our kernel */
};

struct totals totals;
static int poller, hub_port;
static bool offers_deflate;
static uint8_t came[READ_MAX + (4 << 20)]; /* half a frame from before, and what is read on top */

static void fail(const char *what) {
  perror(what);
  exit(2);
}

static void must(bool holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "load: %s\n", what);
  exit(2);
}

void conns_begin(int port, bool deflate) {
  hub_port = port;
  offers_deflate = deflate;
  poller = epoll_create1(0);
  struct epoll_event commands = {.events = EPOLLIN, .data.ptr = NULL};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &commands)) fail("stdin");
}

static void watch(conn *one, int how) {
  bool writes = one->unsent_length || one->stage == CONNECTING;
  uint32_t events = (one->stalled ? 0 : EPOLLIN) | (writes ? EPOLLOUT : 0);
  struct epoll_event wanted = {.events = events, .data.ptr = one};
  if (epoll_ctl(poller, how, one->fd, &wanted)) fail("epoll");
}

/* ---- opening and ending */

void conn_open(conn *one) {
  static uint32_t number;
  int on = 1, room = SMALL_RCVBUF;
  struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET};
  from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + number++ % SOURCES);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(hub_port);
  one->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (one->fd < 0) fail("socket");
  setsockopt(one->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(one->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  if (one->small) setsockopt(one->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  if (bind(one->fd, (void *)&from, sizeof from)) fail("bind");
  one->stage = CONNECTING;
  totals.afoot++;
  totals.connecting++;
  if (connect(one->fd, (void *)&to, sizeof to) && errno != EINPROGRESS) fail("connect");
  watch(one, EPOLL_CTL_ADD);
}

static void end(conn *one) {
  if (one->stage == CONNECTING || one->stage == SHAKING) totals.connecting--;
  close(one->fd);
  free(one->rest);
  free(one->unsent);
  one->rest = one->unsent = NULL;
  one->rest_length = one->unsent_length = 0;
  one->stage = AWAY;
  totals.afoot--;
}

static void lose(conn *one, int code) {
  bool was_ready = one->stage == READY;
  end(one);
  on_lost(one, code, was_ready);
}

void conn_cut(conn *one) {
  struct linger at_once = {.l_onoff = 1, .l_linger = 0};
  if (one->stage == AWAY) return;
  setsockopt(one->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  end(one);
}

void conn_stall(conn *one, bool stalled) {
  one->stalled = stalled;
  if (one->stage != AWAY) watch(one, EPOLL_CTL_MOD);
}

/* ---- writing */

static void keep(uint8_t **kept, size_t *length, const uint8_t *bytes, size_t more) {
  *kept = realloc(*kept, *length + more);
  memcpy(*kept + *length, bytes, more);
  *length += more;
}

static void put(conn *one, const uint8_t *bytes, size_t length) {
  ssize_t taken = one->unsent_length ? 0 : send(one->fd, bytes, length, MSG_NOSIGNAL);
  if (taken < 0 && errno != EAGAIN) return; /* the next read says that it is lost */
  if (taken < 0) taken = 0;
  if ((size_t)taken == length) return;
  keep(&one->unsent, &one->unsent_length, bytes + taken, length - taken);
  watch(one, EPOLL_CTL_MOD);
}

void conn_send(conn *one, int opcode, const void *bytes, size_t length) {
  uint8_t whole[HEAD_MAX + 4096];
  must(length <= 4096, "a message of ours is too long");
  size_t head = frame_head(whole, opcode, length, true);
  memcpy(whole + head, bytes, length);
  frame_mask(whole + head, length, whole + head - 4);
  put(one, whole, head + length);
}

static void write_on(conn *one) {
  ssize_t taken = send(one->fd, one->unsent, one->unsent_length, MSG_NOSIGNAL);
  if (taken <= 0) return;
  one->unsent_length -= taken;
  memmove(one->unsent, one->unsent + taken, one->unsent_length);
  if (!one->unsent_length) watch(one, EPOLL_CTL_MOD);
}

static void shake(conn *one) {
  char request[1024];
  int length = snprintf(
      request, sizeof request,
      "GET /ws/%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Protocol: zaiseki.v1\r\nAuthorization: Bearer %s\r\n%s\r\n",
      one->board ? "watch" : "agent", hub_port, one->token,
      offers_deflate && one->board
          ? "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
            "client_no_context_takeover\r\n"
          : "");
  one->stage = SHAKING;
  watch(one, EPOLL_CTL_MOD);
  put(one, (uint8_t *)request, length);
}

static void connected(conn *one) {
  int wrong = 0;
  socklen_t size = sizeof wrong;
  getsockopt(one->fd, SOL_SOCKET, SO_ERROR, &wrong, &size);
  if (wrong)
    lose(one, 0);
  else
    shake(one);
}

/* ---- reading */

/* The answer to the handshake: its length once it is there, -1 when the connection is lost. */
static ssize_t answered(conn *one, uint8_t *bytes, size_t available) {
  uint8_t *end = memmem(bytes, available, "\r\n\r\n", 4);
  if (!end) return 0;
  int status = atoi((char *)bytes + strlen("HTTP/1.1 "));
  if (status != 101) {
    lose(one, status);
    return -1;
  }
  one->stage = OPEN;
  totals.connecting--;
  on_open(one);
  return end + 4 - bytes;
}

static void take(conn *one, const frame *found) {
  switch (found->opcode) {
    case TEXT:
      must(found->whole, "the hub sent a message in pieces");
      on_text(one, found->payload, found->length, found->compressed);
      return;
    case PING:
      conn_send(one, PONG, found->payload, found->length);
      return;
    case CLOSE:
      lose(one, found->length < 2 ? 1005 : found->payload[0] << 8 | found->payload[1]);
  }
}

static void read_on(conn *one) {
  size_t had = one->rest_length, used = 0;
  must(had <= sizeof came - READ_MAX, "the hub sent a frame of over 4 MB");
  memcpy(came, one->rest, had);
  ssize_t more = recv(one->fd, came + had, READ_MAX, 0);
  if (more < 0 && errno == EAGAIN) return;
  if (more <= 0) {
    lose(one, 0);
    return;
  }
  size_t available = had + more;
  if (one->stage == SHAKING) {
    ssize_t length = answered(one, came, available);
    if (length < 0) return;
    used = length;
  }
  frame found;
  while (one->stage >= OPEN && frame_in(came + used, available - used, &found)) {
    used += found.size;
    totals.frames += one->board;
    totals.bytes += one->board ? found.size : 0;
    take(one, &found);
  }
  if (one->stage == AWAY) return;
  one->rest_length = 0;
  if (available > used) {
    keep(&one->rest, &one->rest_length, came + used, available - used);
  } else if (one->rest) {
    free(one->rest);
    one->rest = NULL;
  }
}

bool conns_step(int timeout_ms) {
  static struct epoll_event events[1024];
  bool commanded = false;
  int count = epoll_wait(poller, events, 1024, timeout_ms);
  for (int i = 0; i < count; i++) {
    conn *one = events[i].data.ptr;
    if (!one) {
      commanded = true;
      continue;
    }
    if (one->stage == CONNECTING) {
      connected(one);
      continue;
    }
    if (events[i].events & EPOLLOUT && one->stage != AWAY) write_on(one);
    if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR) && one->stage != AWAY) read_on(one);
  }
  return commanded;
}
