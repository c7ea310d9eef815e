/* Finding things in messages without reading all of them; the hub writes fields in one order. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

void *memmem(const void *text, size_t length, const void *part, size_t part_length);

/* Just after the first such part, or NULL. */
static inline const uint8_t *after(const uint8_t *text, const uint8_t *end, const char *part) {
  size_t length = strlen(part);
  const uint8_t *found = text ? memmem(text, end - text, part, length) : NULL;
  return found ? found + length : NULL;
}

static inline bool begins(const uint8_t *text, const uint8_t *end, const char *part) {
  size_t length = strlen(part);
  return (size_t)(end - text) >= length && !memcmp(text, part, length);
}

/* The number here, as if it had so many digits after its point; the last one is rounded. */
static inline int64_t number(const uint8_t *text, const uint8_t *end, int decimals) {
  int64_t value = 0;
  for (; text < end && *text >= '0' && *text <= '9'; text++) value = value * 10 + *text - '0';
  bool fraction = text < end && *text == '.';
  text += fraction;
  for (; decimals > 0; decimals--) {
    fraction = fraction && text < end && *text >= '0' && *text <= '9';
    value = value * 10 + (fraction ? *text++ - '0' : 0);
  }
  return value + (fraction && text < end && *text >= '5' && *text <= '9');
}
