#include <headway/stream.hpp>

#include "call/stream_reader.hpp"

namespace headway {
namespace {

void advance(detail::StreamReader& reader) {
  const auto core = reader.model().blocking_core();
  reader.start(core);
  if (reader.must_wait()) reader.wait();
  reader.current() = reader.next();
}

}  // namespace

std::optional<StreamSummary> Stream::summary() const {
  return reader_->summary();
}

Stream::iterator Stream::begin() {
  if (!reader_->started()) advance(*reader_);
  return iterator(*reader_);
}

const StreamChunk& Stream::iterator::operator*() const {
  return *reader_->current();
}

Stream::iterator& Stream::iterator::operator++() {
  reader_->current().reset();
  advance(*reader_);
  return *this;
}

bool Stream::iterator::operator==(std::default_sentinel_t) const {
  return !reader_->current();
}

}  // namespace headway
