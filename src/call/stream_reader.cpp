#include "call/stream_reader.hpp"

#include <utility>

#include "call/future_handler.hpp"

namespace headway::detail {

StreamReader::StreamReader(std::shared_ptr<const ModelState> model, MakeCall make_call)
    : model_(std::move(model)), make_call_(std::move(make_call)) {}

std::shared_ptr<StreamReader> StreamReader::handle(std::shared_ptr<const ModelState> model, MakeCall make_call) {
  const auto reader = std::make_shared<StreamReader>(std::move(model), std::move(make_call));
  return {reader.get(), [reader](StreamReader*) { reader->cancel(); }};
}

std::optional<StreamChunk> StreamReader::next() {
  if (taken_ < batch_.size()) return std::move(batch_[taken_++]);
  if (failure_) failure_->raise();
  return std::nullopt;
}

std::optional<StreamSummary> StreamReader::summary() const {
  if (!ended_) return std::nullopt;
  return call_->summary();
}

void StreamReader::start(const std::shared_ptr<call::Core>& core) {
  const auto make_call = std::exchange(make_call_, nullptr);
  if (!make_call) return;
  core_ = core;
  try {
    call_ = make_call(core);
    core->start(call_);
  } catch (const Error& error) {
    failure_ = error;
  }
}

void StreamReader::pull(outcome_handler<Batch> handler) {
  auto puller = std::make_unique<call::StreamCall::Puller>(std::move(handler), core_->executor());
  puller->attach(core_, call_);
  core_->run_on_loop([call = call_, puller = std::move(puller)]() mutable { call->pull(std::move(puller)); });
}

void StreamReader::store(Outcome<Batch> batch) {
  if (failure_) return;
  if (!batch) {
    failure_ = batch.error();
    return;
  }
  batch_ = *std::move(batch);
  taken_ = 0;
  ended_ = batch_.empty();
}

void StreamReader::wait() {
  call::FutureHandler<Batch> handler;
  auto batch = handler.future();
  pull(outcome_handler<Batch>(std::move(handler)));
  try {
    store(batch.get());
  } catch (const Error& error) {
    store(error);
  }
}

void StreamReader::cancel() {
  if (ended_ || failure_) return;
  failure_.emplace(ErrorKind::cancelled, "the stream was cancelled");
  batch_.clear();
  taken_ = 0;
  make_call_ = nullptr;
  if (!call_) return;
  core_->run_on_loop([call = call_] { call->leave(); });
}

}  // namespace headway::detail
