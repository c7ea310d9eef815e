/* Websocket frames (RFC 6455 5.2), as far as the load generator and its floor need them. */
#include "frame.h"

#include <string.h>

/* A key need only be hard to guess for web pages; one that never changes costs a client nothing. */
static const uint8_t KEY[4] = {0x37, 0xa5, 0x1b, 0xe2};

void frame_mask(uint8_t *bytes, size_t length, const uint8_t key[4]) {
  for (size_t i = 0; i < length; i++) bytes[i] ^= key[i & 3];
}

bool frame_in(uint8_t *bytes, size_t available, frame *found) {
  if (available < 2) return false;
  size_t length = bytes[1] & 127, head = 2;
  size_t wide = length == 126 ? 2 : length == 127 ? 8 : 0;
  bool masked = bytes[1] & 0x80;
  if (available < head + wide + (masked ? 4 : 0)) return false;
  if (wide) length = 0;
  for (size_t i = 0; i < wide; i++) length = length << 8 | bytes[head++];
  uint8_t *key = bytes + head;
  head += masked ? 4 : 0;
  if (available - head < length) return false;
  found->opcode = bytes[0] & 15;
  found->whole = bytes[0] & 0x80 && found->opcode != CONTINUED;
  found->compressed = bytes[0] & 0x40;
  found->payload = bytes + head;
  found->length = length;
  found->size = head + length;
  if (masked) frame_mask(found->payload, length, key);
  return true;
}

size_t frame_head(uint8_t *head, int opcode, size_t length, bool masked) {
  size_t wide = length < 126 ? 0 : length < 65536 ? 2 : 8, at = 2;
  head[0] = 0x80 | opcode;
  head[1] = (masked ? 0x80 : 0) | (wide == 0 ? length : wide == 2 ? 126 : 127);
  for (size_t i = wide; i > 0; i--) head[at++] = (uint64_t)length >> (8 * (i - 1));
  if (masked) {
    memcpy(head + at, KEY, 4);
    at += 4;
  }
  return at;
}
