/* A load generator for the hub: many agents and boards in one process, told what to do by lines.
 *
 *   load PLAN PORT STALLED OFFER
 *
 * PLAN is a file: a line "agents N", N lines "MEMBER SPEAKS TOKEN", a line "boards N", N lines
 * "TOKEN". Boards 1 to STALLED are those that will stop reading. OFFER is "plain", or "deflate" for
 * boards that offer compression, or "relay" for a server that only passes on. Commands are lines on stdin; each
 * is answered by one line of JSON:
 *
 *   boards N               open boards until there are N, and wait until each is whole
 *   agents N               the same for agents, until board 0 shows all of them
 *   run SECONDS RATE HOW   agents change in turn, RATE a second; then wait for what is on the way
 *                          HOW: "all" read, some "stall" from the beginning on, or "read" again
 *   reconnect IN_FLIGHT    cut all agents off; each changes its state and comes back at once
 *
 * Between and during commands agents send their heartbeats and everybody reads what comes.
 */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents.h"
#include "boards.h"
#include "figures.h"

enum {
  IN_FLIGHT = 256,
  TOLD_LOSSES = 5 /* so many are written to stderr */
};
static const double PATIENCE_S = 120, QUIET_S = 5, ACKS_S = 15;
static const double SAME_S = 1.5; /* a hub takes times of a second at a hello for the same one */

static uint32_t wanted_agents, wanted_boards, in_flight = IN_FLIGHT, stalled_boards, turn;

/* ---- what happens to connections */

void on_open(conn *one) {
  if (one->board)
    board_opened(&boards.all[one->index]);
  else
    agent_opened(&agents.all[one->index]);
}

void on_text(conn *one, uint8_t *text, size_t length, bool compressed) {
  if (one->board)
    board_told(&boards.all[one->index], text, length, compressed);
  else
    agent_told(&agents.all[one->index], text, length);
}

void on_lost(conn *one, int code, bool was_ready) {
  static int told;
  if (told++ < TOLD_LOSSES)
    fprintf(stderr, "load: %s %u was lost: %d\n", one->board ? "board" : "agent", one->index, code);
  if (one->board)
    board_lost(&boards.all[one->index], was_ready);
  else
    agent_lost(&agents.all[one->index], code, was_ready);
}

/* ---- time passes */

static void open_if_due(conn *one, int64_t now) {
  bool may = one->stage == AWAY && !one->over && one->retry_at_us <= now;
  if (may && totals.connecting < in_flight) conn_open(one);
}

static bool pass(int timeout_ms) {
  bool commanded = conns_step(timeout_ms);
  int64_t now = now_us();
  agents_beat(now);
  if (totals.afoot < wanted_agents + wanted_boards) {
    for (uint32_t i = 0; i < wanted_boards; i++) open_if_due(&boards.all[i].conn, now);
    for (uint32_t i = 0; i < wanted_agents; i++) open_if_due(&agents.all[i].conn, now);
  }
  return commanded;
}

static double since(int64_t begun_us) { return (now_us() - begun_us) / 1e6; }

/* ---- commands */

static void open_boards(uint32_t count) {
  int64_t begun = now_us();
  wanted_boards = count < boards.count ? count : boards.count;
  while (boards.ready < wanted_boards && since(begun) < PATIENCE_S) pass(1);
  printf("{\"ready\":%u,\"seconds\":%.4f}\n", boards.ready, since(begun));
}

static bool all_met(void) {
  static uint32_t met; /* so many from the first on */
  while (met < wanted_agents && (agents.all[met].met || !agents.all[met].speaks)) met++;
  return met >= wanted_agents;
}

static void open_agents(uint32_t count) {
  int64_t begun = now_us();
  wanted_agents = count < agents.count ? count : agents.count;
  while ((agents.ready < wanted_agents || !all_met()) && since(begun) < PATIENCE_S) pass(1);
  printf("{\"ready\":%u,\"seconds\":%.4f,\"lost\":%llu}\n", agents.ready, since(begun),
         (unsigned long long)agents.lost);
}

static void change_next(void) {
  do turn = (turn + 1) % wanted_agents;
  while (!agents.all[turn].speaks);
  agent_changes(&agents.all[turn]);
}

static void stall(bool stalled) {
  for (uint32_t i = 1; i <= stalled_boards && i < boards.count; i++) {
    board *one = &boards.all[i];
    one->aside = true;
    if (!stalled) board_reads_again(one);
    conn_stall(&one->conn, stalled);
  }
}

static double converged_ms(void) {
  int64_t longest = 0;
  for (uint32_t i = 1; i <= stalled_boards && i < boards.count; i++) {
    if (!boards.all[i].wanted || boards.all[i].converged_us < 0) return -1;
    if (boards.all[i].converged_us > longest) longest = boards.all[i].converged_us;
  }
  return longest / 1e3;
}

static void tell_run(uint64_t changed, double late_s, double seconds) {
  uint64_t lack = boards_lack(), unrecorded = agents_unrecorded();
  printf("{\"changed\":%llu,\"seconds\":%.3f,\"late_ms\":%.1f,\"delivered\":%llu,"
         "\"conflated\":%llu,\"repeated\":%llu,\"reordered\":%llu,\"strange\":%llu,"
         "\"unknown\":%llu,\"gaps\":%llu,\"lost\":%llu,\"closed\":%llu,\"agents_lost\":%llu,"
         "\"unrecorded\":%llu,\"heartbeats\":%llu,\"frames\":%llu,\"bytes\":%llu,"
         "\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,\"converged_ms\":%.1f}\n",
         (unsigned long long)changed, seconds, late_s * 1e3, (unsigned long long)seen.delivered,
         (unsigned long long)seen.conflated, (unsigned long long)seen.repeated,
         (unsigned long long)seen.reordered, (unsigned long long)seen.strange,
         (unsigned long long)seen.unknown, (unsigned long long)seen.gaps, (unsigned long long)lack,
         (unsigned long long)seen.closed, (unsigned long long)agents.lost,
         (unsigned long long)unrecorded, (unsigned long long)agents.heartbeats,
         (unsigned long long)totals.frames, (unsigned long long)totals.bytes,
         latencies_ms(&seen.latencies, 0.5), latencies_ms(&seen.latencies, 0.99),
         seen.latencies.largest / 1e3, converged_ms());
}

/* Until boards show everything or nothing comes any more, and then until all is acknowledged. */
static void wait_for_the_rest(void) {
  int64_t ended = now_us();
  while (boards_lack() && since(seen.last_us > ended ? seen.last_us : ended) < QUIET_S &&
         since(ended) < PATIENCE_S)
    pass(1);
  int64_t shown = now_us();
  while (agents_unrecorded() && since(shown) < ACKS_S) pass(1);
}

static void run(double seconds, double rate, const char *how) {
  uint64_t changed = 0;
  double late_s = 0;
  boards_measure();
  agents.heartbeats = agents.lost = totals.frames = totals.bytes = 0;
  int64_t begun = now_us();
  if (!strcmp(how, "stall")) stall(true);
  if (!strcmp(how, "read")) stall(false);
  double now = 0;
  do {
    now = fmin(since(begun), seconds); /* what falls due in the last gap is late, not left out */
    for (; changed < now * rate; changed++) {
      late_s = fmax(late_s, since(begun) - changed / rate);
      change_next();
    }
    pass(1);
  } while (now < seconds);
  wait_for_the_rest();
  tell_run(changed, late_s, (seen.last_us - begun) / 1e6);
}

static bool board_0_lacks(void) {
  for (uint32_t i = 0; i < wanted_agents; i++)
    if (boards.all[0].last[i] < agents.all[i].seq) return true;
  return false;
}

static int64_t last_change_us(void) {
  int64_t last = 0;
  for (uint32_t i = 0; i < wanted_agents; i++) {
    int64_t at = agents.all[i].said_us[agents.all[i].seq % REMEMBERED];
    if (agents.all[i].speaks && at > last) last = at;
  }
  return last;
}

static void reconnect(uint32_t at_once) {
  double back_s = -1, whole_s = -1;
  for (int64_t last = last_change_us(); since(last) < SAME_S;) pass(1);
  boards_measure();
  agents.lost = 0;
  in_flight = at_once;
  for (uint32_t i = 0; i < wanted_agents; i++) {
    conn_cut(&agents.all[i].conn);
    if (agents.all[i].speaks) agent_changes(&agents.all[i]);
  }
  agents.ready = 0;
  int64_t begun = now_us();
  while ((back_s < 0 || whole_s < 0) && since(begun) < PATIENCE_S) {
    pass(1);
    if (back_s < 0 && agents.ready == wanted_agents) back_s = since(begun);
    if (whole_s < 0 && !board_0_lacks()) whole_s = since(begun);
  }
  in_flight = IN_FLIGHT;
  wait_for_the_rest();
  printf("{\"back_s\":%.4f,\"whole_s\":%.4f,\"lost\":%llu,\"unknown\":%llu,\"strange\":%llu,"
         "\"reordered\":%llu,\"unrecorded\":%llu,\"closed\":%llu}\n",
         back_s, whole_s, (unsigned long long)agents.lost, (unsigned long long)seen.unknown,
         (unsigned long long)seen.strange, (unsigned long long)seen.reordered,
         (unsigned long long)agents_unrecorded(), (unsigned long long)seen.closed);
}

static bool obey(void) {
  char line[256], name[32] = "", how[16] = "all";
  double first = 0, second = 0;
  if (!fgets(line, sizeof line, stdin)) return false;
  sscanf(line, "%31s %lf %lf %15s", name, &first, &second, how);
  if (!strcmp(name, "boards"))
    open_boards(first);
  else if (!strcmp(name, "agents"))
    open_agents(first);
  else if (!strcmp(name, "run"))
    run(first, second, how);
  else if (!strcmp(name, "reconnect"))
    reconnect(first);
  else
    printf("{\"wrong\":\"no such command\"}\n");
  fflush(stdout);
  return true;
}

/* ---- beginning */

static void read_plan(const char *path, bool relay) {
  FILE *plan = fopen(path, "r");
  uint32_t count = 0, member, largest = 0;
  int speaks;
  char token[128];
  if (!plan || fscanf(plan, "agents %u", &count) != 1) exit(1);
  agents_begin(count, relay);
  for (uint32_t i = 0; i < count; i++) {
    if (fscanf(plan, "%u %d %127s", &member, &speaks, token) != 3) exit(1);
    agent_add(&agents.all[i], member, speaks, token);
    if (member > largest) largest = member;
  }
  if (fscanf(plan, " boards %u", &count) != 1) exit(1);
  boards_begin(count, largest);
  for (uint32_t i = 0; i < count; i++) {
    if (fscanf(plan, "%127s", token) != 1) exit(1);
    board_add(&boards.all[i], token);
    boards.all[i].conn.small = i >= 1 && i <= stalled_boards;
  }
  fclose(plan);
}

int main(int count, char **words) {
  if (count != 5) {
    fprintf(stderr, "usage: load PLAN PORT STALLED plain|deflate|relay\n");
    return 1;
  }
  signal(SIGPIPE, SIG_IGN);
  setvbuf(stdin, NULL, _IONBF, 0); /* what is read ahead would never wake the poll again */
  srand48(1);
  stalled_boards = atoi(words[3]);
  read_plan(words[1], !strcmp(words[4], "relay"));
  conns_begin(atoi(words[2]), !strcmp(words[4], "deflate"));
  while (!pass(1) || obey()) continue;
  return 0;
}
