/* The floor: the least that delivering a change costs on this machine, to compare the hub with.
 *
 *   floor TICK_MS DEVICES
 *
 * It speaks enough of the protocol for the load generator: no rights, no broker, no record. With
 * TICK_MS 0 each change is sent to each board at once, by one send(); else what came within a tick
 * goes out as one frame. A seat has the size that the hub's has, with so many DEVICES. It writes
 * its port as the first line. A board that does not read is let go.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "figures.h"
#include "frame.h"
#include "text.h"

enum { BOARDS_MAX = 20000, READ_MAX = 1 << 16, SEATS_MAX = 8 << 20 };

typedef struct peer {
  int fd;
  bool open;
  uint32_t member;    /* of an agent */
  int32_t slot;       /* of a board, -1 of anybody else */
  uint8_t *rest;
  size_t rest_length;
} peer;

static int poller, tick_ms, devices;
static peer *watching[BOARDS_MAX];
static int32_t watchers;
static uint8_t out[HEAD_MAX + SEATS_MAX + 256], seats[SEATS_MAX];
static size_t seats_length;
static uint64_t offset;
static int64_t due_us;

static bool put(peer *to, const void *bytes, size_t length) {
  return send(to->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)length;
}

static void tell(peer *to, const char *text) {
  uint8_t whole[HEAD_MAX + 512];
  size_t length = strlen(text), head = frame_head(whole, TEXT, length, false);
  memcpy(whole + head, text, length);
  put(to, whole, head + length);
}

static void unwatch(peer *one) {
  if (one->slot < 0) return;
  watching[one->slot] = watching[--watchers];
  watching[one->slot]->slot = one->slot;
  one->slot = -1;
}

/* ---- fan out */

static void fan_out(void) {
  char head[128];
  size_t length = snprintf(head, sizeof head,
                           "{\"type\":\"delta\",\"epoch\":\"floor\",\"after\":%llu,\"offset\":%llu,"
                           "\"seats\":[",
                           (unsigned long long)offset, (unsigned long long)offset + 1);
  offset++;
  size_t at = frame_head(out, TEXT, length + seats_length + 2, false);
  memcpy(out + at, head, length);
  memcpy(out + at + length, seats, seats_length);
  memcpy(out + at + length + seats_length, "]}", 2);
  at += length + seats_length + 2;
  for (int32_t i = watchers - 1; i >= 0; i--) {
    peer *one = watching[i];
    if (put(one, out, at)) continue;
    unwatch(one);
    shutdown(one->fd, SHUT_RDWR); /* the next read ends it */
  }
  seats_length = 0;
}

static void add_seat(uint32_t member, const char *since, int since_length, const char *presence) {
  char *to = (char *)seats + seats_length;
  if (seats_length) *to++ = ',';
  to += sprintf(to,
                "{\"member\":%u,\"label\":\"%s\",\"since\":%.*s,\"work\":\"working\","
                "\"presence\":\"%s\",\"link\":\"online\",\"devices\":[",
                member, presence, since_length, since, presence);
  for (int i = 0; i < devices; i++)
    to += sprintf(to, "%s{\"id\":%u,\"since\":%.*s,\"presence\":\"%s\"}", i ? "," : "", member,
                  since_length, since, presence);
  to += sprintf(to, "]}");
  seats_length = (uint8_t *)to - seats;
}

static void change(peer *from, const uint8_t *text, const uint8_t *end) {
  const uint8_t *since = after(text, end, "\"facts\":{\"since\":");
  const uint8_t *comma = since ? memchr(since, ',', end - since) : NULL;
  if (!comma) return;
  if (!seats_length) due_us = now_us() + tick_ms * 1000ll;
  bool present = after(comma, end, "\"presence\":\"present\"") != NULL;
  add_seat(from->member, (const char *)since, comma - since, present ? "present" : "away");
  if (!tick_ms || seats_length > SEATS_MAX - 65536) fan_out();
}

/* ---- what peers say */

static void said(peer *from, const uint8_t *text, size_t length) {
  const uint8_t *end = text + length, *seq = after(text, end, "\"seq\":");
  const uint8_t *next = after(text, end, "\"next_seq\":");
  char answer[256];
  if (begins(text, end, "{\"type\":\"subscribe\"")) {
    snprintf(answer, sizeof answer,
             "{\"type\":\"snapshot\",\"epoch\":\"floor\",\"offset\":%llu,\"part\":0,\"last\":true}",
             (unsigned long long)offset);
    tell(from, answer);
    from->slot = watchers;
    watching[watchers++] = from;
  } else if (begins(text, end, "{\"type\":\"hello\"") && next) {
    snprintf(answer, sizeof answer,
             "{\"type\":\"welcome\",\"epoch\":\"floor\",\"recorded\":%lld,\"lease_s\":40,"
             "\"heartbeat_s\":10}",
             (long long)number(next, end, 0) - 1);
    tell(from, answer);
    change(from, text, end);
  } else if (begins(text, end, "{\"type\":\"state\"") && seq) {
    change(from, text, end);
    snprintf(answer, sizeof answer, "{\"type\":\"ack\",\"device_epoch\":\"load\",\"seq\":%lld}",
             (long long)number(seq, end, 0));
    tell(from, answer);
  }
}

/* The length of the request once it is there; the answer fits the key that the load sends. */
static size_t shaken(peer *one, const uint8_t *bytes, size_t available) {
  static const char yes[] =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Protocol: zaiseki.v1\r\n"
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
  const uint8_t *end = after(bytes, bytes + available, "\r\n\r\n");
  if (!end) return 0;
  const uint8_t *token = after(bytes, end, "Bearer ");
  one->member = token ? number(token, end, 0) : 0;
  one->open = put(one, yes, sizeof yes - 1);
  return end - bytes;
}

static void end(peer *one) {
  unwatch(one);
  close(one->fd);
  free(one->rest);
  free(one);
}

static void read_on(peer *one) {
  static uint8_t came[2 * READ_MAX];
  size_t used = 0, available = one->rest_length;
  memcpy(came, one->rest, available);
  ssize_t more = recv(one->fd, came + available, READ_MAX, 0);
  if (more < 0 && errno == EAGAIN) return;
  if (more <= 0) {
    end(one);
    return;
  }
  available += more;
  if (!one->open) used = shaken(one, came, available);
  frame found;
  while (one->open && frame_in(came + used, available - used, &found)) {
    used += found.size;
    if (found.opcode == TEXT) said(one, found.payload, found.length);
  }
  one->rest_length = available - used;
  one->rest = realloc(one->rest, one->rest_length + 1);
  memcpy(one->rest, came + used, one->rest_length);
}

static void welcome_all(int listener) {
  int fd, on = 1;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    peer *one = calloc(1, sizeof *one);
    one->fd = fd;
    one->slot = -1;
    struct epoll_event wanted = {.events = EPOLLIN, .data.ptr = one};
    epoll_ctl(poller, EPOLL_CTL_ADD, fd, &wanted);
  }
}

int main(int count, char **words) {
  if (count != 3) {
    fprintf(stderr, "usage: floor TICK_MS DEVICES\n");
    return 1;
  }
  tick_ms = atoi(words[1]);
  devices = atoi(words[2]);
  signal(SIGPIPE, SIG_IGN);
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof here;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (bind(listener, (void *)&here, size) || listen(listener, 4096) ||
      getsockname(listener, (void *)&here, &size)) {
    perror("floor");
    return 1;
  }
  printf("%d\n", ntohs(here.sin_port));
  fflush(stdout);
  poller = epoll_create1(0);
  static struct epoll_event events[512];
  struct epoll_event wanted = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(poller, EPOLL_CTL_ADD, listener, &wanted);
  for (;;) {
    int happened = epoll_wait(poller, events, 512, seats_length ? 1 : -1);
    for (int i = 0; i < happened; i++)
      if (events[i].data.ptr)
        read_on(events[i].data.ptr);
      else
        welcome_all(listener);
    if (seats_length && now_us() >= due_us) fan_out();
  }
}
