#include <malloc.h>

#include "app/command.h"

int main(int argc, char** argv) {
  // Threads take turns at the aggregator's memory: an arena for each would only scatter it.
  mallopt(M_ARENA_MAX, 1);  // NOLINT(concurrency-mt-unsafe): no thread runs yet
  return omniwriter::run_program(argc, argv);
}
