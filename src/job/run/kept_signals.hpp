#pragma once

namespace headway::job {

/// While one lives, SIGINT and SIGTERM may be taken over; what the process had for them is back when the last one goes.
/// Asio alone would leave their defaults behind, which are to die.
class KeptSignals {
 public:
  KeptSignals();
  KeptSignals(const KeptSignals&) = delete;
  KeptSignals& operator=(const KeptSignals&) = delete;
  ~KeptSignals();
};

}  // namespace headway::job
