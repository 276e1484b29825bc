#include "fork.hpp"

#include <pthread.h>

#include <atomic>

namespace headway::python {
namespace {

std::atomic<unsigned> count = 0;

[[maybe_unused]] const int watched = pthread_atfork(nullptr, nullptr, [] { ++count; });

}  // namespace

unsigned forks() noexcept {
  return count.load(std::memory_order_relaxed);
}

}  // namespace headway::python
