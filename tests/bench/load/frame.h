/* Websocket frames (RFC 6455 5.2), as far as the load generator and its floor need them. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONTINUED = 0, TEXT = 1, CLOSE = 8, PING = 9, PONG = 10 };
enum { HEAD_MAX = 14 };

typedef struct {
  int opcode;
  bool whole;      /* not one piece of several */
  bool compressed; /* RSV1, RFC 7692 6 */
  uint8_t *payload;
  size_t length; /* of the payload */
  size_t size;   /* of the frame */
} frame;

/* The frame that begins here, unmasked in place; false until all of it is there. */
bool frame_in(uint8_t *bytes, size_t available, frame *found);

/* Write the head of a frame; the length of the head. A masked one ends with the key. */
size_t frame_head(uint8_t *head, int opcode, size_t length, bool masked);

void frame_mask(uint8_t *bytes, size_t length, const uint8_t key[4]);
