/* Time, and latencies counted in buckets that are at most 1.6 % wide. */
#pragma once
#include <stdint.h>
#include <time.h>

/* Microseconds since 1970: what reports carry and what latencies are taken from. */
static inline int64_t now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * 1000000ll + now.tv_nsec / 1000;
}

enum { BUCKETS = 64 * 64 };

typedef struct {
  uint64_t count[BUCKETS], total, largest;
} latencies;

void latencies_add(latencies *all, int64_t us);
double latencies_ms(const latencies *all, double share); /* 0 when there are none */
