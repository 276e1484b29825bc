#pragma once

#include <memory>
#include <vector>

#include <headway/error.hpp>
#include <headway/outcome.hpp>
#include <headway/response.hpp>

namespace headway {

/// Some calls of a batch failed. All of them were finished, and none is lost: `outcomes()` has every one, in the order
/// of the prompts. The kind is that of the first failure.
class BatchError : public Error {
 public:
  /// At least one of `outcomes` must be an error.
  explicit BatchError(std::vector<Outcome<Response>> outcomes);

  const std::vector<Outcome<Response>>& outcomes() const noexcept { return *outcomes_; }

 private:
  std::shared_ptr<const std::vector<Outcome<Response>>> outcomes_;
};

}  // namespace headway
