#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "call/gate.hpp"
#include "call/shared_limits.hpp"
#include "pace/spend.hpp"

namespace headway::call {

struct CallRequest;

/// A client's gates, one for calls with the same routes and model, and the destinations that they lead to. Lives on the loop.
class Gates {
 public:
  explicit Gates(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  /// The gate of a request's routes and model. What is new gets an account of `spend`, and its part in `limits`. Throws Error
  /// (`configuration`).
  Gate& of(const CallRequest& request, pace::Spend& spend, SharedLimits& limits);
  /// They let nobody in any more.
  void close();
  void clear();

  /// That for which the most calls wait; null: there is none.
  Gate* busiest() const;
  std::size_t waiting() const;
  std::size_t told_to_wait() const;

 private:
  using PaceKey = std::pair<std::string, std::string>;  // Endpoint::identity(), the model's name there
  using GateKey =
      std::vector<std::tuple<PaceKey, double, bool>>;  // with the route's weight, and whether it is a fallback

  std::shared_ptr<Gate> make(const Routes& routes, const GateKey& keys, pace::Spend& spend, SharedLimits& limits);

  boost::asio::any_io_executor executor_;
  std::map<PaceKey, std::shared_ptr<Destination>> destinations_;
  std::map<GateKey, std::shared_ptr<Gate>> gates_;
  std::shared_ptr<const Routes> last_routes_;  // whose gate was asked for last: mostly it is asked for again
  std::string last_model_;
  Gate* last_ = nullptr;
};

}  // namespace headway::call
