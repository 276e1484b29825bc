#include "mailbox.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <system_error>
#include <utility>

namespace headway::python {

bool Mailbox::put(std::uint64_t number, News news) {
  const std::lock_guard lock(mutex_);
  letters_.push_back({number, std::move(news)});
  return letters_.size() == 1;
}

std::vector<Letter> Mailbox::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(letters_, {});
}

LoopMailbox::LoopMailbox() : descriptor_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

LoopMailbox::~LoopMailbox() {
  close(descriptor_);
}

void LoopMailbox::wake() noexcept {
  eventfd_write(descriptor_, 1);
}

void LoopMailbox::quieten() noexcept {
  eventfd_t count = 0;
  eventfd_read(descriptor_, &count);
}

ThreadMailbox::ThreadMailbox() {
  sem_init(&semaphore_, 0, 0);
}

ThreadMailbox::~ThreadMailbox() {
  sem_destroy(&semaphore_);
}

void ThreadMailbox::wake() noexcept {
  sem_post(&semaphore_);
}

bool ThreadMailbox::wait() noexcept {
  constexpr long slice_ns = 100'000'000;
  constexpr long second_ns = 1'000'000'000;
  if (gettid() != getpid()) return sem_wait(&semaphore_) == 0;
  timespec until{};
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_nsec += slice_ns;
  if (until.tv_nsec >= second_ns) {
    until.tv_nsec -= second_ns;
    ++until.tv_sec;
  }
  return sem_clockwait(&semaphore_, CLOCK_MONOTONIC, &until) == 0;
}

}  // namespace headway::python
