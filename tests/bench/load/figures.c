/* Latencies counted in buckets: the power of two, and 64 steps between one and the next. */
#include "figures.h"

static int bucket(uint64_t us) {
  if (us < 64) return us;
  int power = 63 - __builtin_clzll(us);
  return (power - 5) * 64 + ((us >> (power - 6)) & 63);
}

static double least_us(int bucket) {
  if (bucket < 64) return bucket;
  int power = bucket / 64 + 5;
  return (double)((1ull << power) + ((uint64_t)(bucket % 64) << (power - 6)));
}

void latencies_add(latencies *all, int64_t us) {
  uint64_t value = us > 0 ? us : 0;
  all->count[bucket(value)]++;
  all->total++;
  if (value > all->largest) all->largest = value;
}

double latencies_ms(const latencies *all, double share) {
  uint64_t seen = 0, wanted = all->total * share;
  for (int i = 0; i < BUCKETS; i++)
    if ((seen += all->count[i]) > wanted) return least_us(i) / 1e3;
  return 0;
}
