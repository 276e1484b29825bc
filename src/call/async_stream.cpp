#include <headway/async_stream.hpp>

#include <utility>

#include <boost/asio/associator.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "call/stream_reader.hpp"

namespace headway::detail {
namespace {

namespace asio = boost::asio;
using Batch = StreamReader::Batch;

/// Tells a handler of async_next what the reader has for it.
struct TellNext {
  TellNext(std::shared_ptr<StreamReader> reader_, NextHandler handler_)
      : reader(std::move(reader_)), handler(std::move(handler_)) {}

  void operator()() {
    std::optional<StreamChunk> chunk;
    std::exception_ptr error;
    try {
      chunk = reader->next();
    } catch (...) {
      error = std::current_exception();
    }
    std::move(handler)(std::move(error), std::move(chunk));
  }

  void operator()(Outcome<Batch> batch) {
    reader->store(std::move(batch));
    (*this)();
  }

  std::shared_ptr<StreamReader> reader;
  NextHandler handler;
};

// Posted, and never called from inside async_next. An executor that cannot be posted to is got at by way of `where`.
void tell_soon(const asio::any_io_executor& where, TellNext tell) {
  const auto executor = asio::get_associated_executor(tell.handler, where);
  auto work = asio::prefer(executor, asio::execution::outstanding_work.tracked);
  asio::post(where, [work = std::move(work), tell = std::move(tell)]() mutable {
    asio::dispatch(work, [work, tell = std::move(tell)]() mutable { tell(); });
  });
}

awaitable<std::optional<StreamChunk>> next_of(std::shared_ptr<StreamReader> reader) {
  if (!reader->started()) reader->start(reader->model().core_for(co_await asio::this_coro::executor));
  if (reader->must_wait()) {
    auto begin = [&](auto handler) { reader->pull(outcome_handler<Batch>(std::move(handler))); };
    auto batch =
        co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(Outcome<Batch>)>(begin, asio::use_awaitable);
    reader->store(std::move(batch));
  }
  co_return reader->next();
}

}  // namespace
}  // namespace headway::detail

/// Executor, cancellation slot and allocator are the handler's own.
template <template <class, class> class Associator, class Default>
struct boost::asio::associator<Associator, headway::detail::TellNext, Default> {
  using Own = Associator<headway::detail::NextHandler, Default>;
  using type = typename Own::type;

  static type get(const headway::detail::TellNext& tell) noexcept { return Own::get(tell.handler); }
  static type get(const headway::detail::TellNext& tell, const Default& otherwise) noexcept {
    return Own::get(tell.handler, otherwise);
  }
};

namespace headway {

void detail::start_next(StreamReader& reader, asio::any_io_executor where, NextHandler handler) {
  if (!reader.started()) reader.start(reader.model().core());
  TellNext tell(reader.shared_from_this(), std::move(handler));
  if (reader.must_wait()) return reader.pull(outcome_handler<Batch>(std::move(tell)));
  if (!where) where = reader.model().core()->executor();
  tell_soon(where, std::move(tell));
}

awaitable<std::optional<StreamChunk>> AsyncStream::next() {
  return detail::next_of(reader_->shared_from_this());
}

std::optional<StreamSummary> AsyncStream::summary() const {
  return reader_->summary();
}

void AsyncStream::cancel() {
  reader_->cancel();
}

}  // namespace headway
