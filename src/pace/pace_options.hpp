#pragma once

#include <cstddef>

namespace headway::pace {

/// What the user says of one endpoint's limits, for one model and key. Zero: not known, to be learned.
struct PaceOptions {
  double requests_per_minute = 0;
  double tokens_per_minute = 0;  ///< in and out together
  double input_tokens_per_minute = 0;
  double output_tokens_per_minute = 0;
  double requests_per_day = 0;
  double tokens_per_day = 0;
  double share = 1;                 ///< of every limit, set or learned; above 0 up to 1
  std::size_t max_concurrency = 0;  ///< calls in flight at the most; 0: it finds itself
  bool starts_unlimited = false;    ///< loopback: nothing is assumed until the server refuses, fails or slows down
};

}  // namespace headway::pace
