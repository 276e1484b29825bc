#pragma once

#include <optional>
#include <string>

#include <headway/response.hpp>
#include <headway/stage_times.hpp>

namespace headway {

/// What is known of a streamed answer once it is whole.
struct StreamSummary {
  StreamSummary() {}

  Usage usage;                 ///< of the whole answer; all zero: the provider did not say
  std::string service_tier;    ///< as Response's
  std::string request_id;      ///< as Response's
  std::optional<double> cost;  ///< as Response's; of an answer without usage: by an estimate
  int attempts = 0;            ///< requests sent for it, at least 1
  StageTimes times;            ///< up to the answer's end; reading slowly adds to `body`
};

}  // namespace headway
