#pragma once

#include <memory>
#include <mutex>
#include <set>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>

namespace headway::call {

class Core;

/// Tells the cores of a loop that it is being destroyed, so that what they hold goes with it, as Asio's own operations
/// do. Without it a loop that ends with calls in flight would leak them: core, calls and handlers own each other.
class LoopEnd final : public boost::asio::execution_context::service {
 public:
  static boost::asio::execution_context::id id;

  explicit LoopEnd(boost::asio::execution_context& loop) : service(loop) {}
  /// The one of the executor's loop.
  static LoopEnd& of(const boost::asio::any_io_executor& executor);

  void add(Core& core);
  void remove(Core& core);

 private:
  void shutdown() override;
  std::shared_ptr<Core> take_one();

  std::mutex mutex_;
  std::set<Core*> cores_;
};

}  // namespace headway::call
