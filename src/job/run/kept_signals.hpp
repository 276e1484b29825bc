#pragma once

namespace headway::job {

/// While one lives, SIGINT, SIGTERM and SIGHUP may be taken over, and SIGPIPE and SIGXFSZ are ignored: who has looked on
/// and left must not end the run, and a limit of file sizes is a full disk, which stops it in order. What the process had for them is back when the last one goes. Asio alone would leave their defaults
/// behind, which are to die.
class KeptSignals {
 public:
  KeptSignals();
  KeptSignals(const KeptSignals&) = delete;
  KeptSignals& operator=(const KeptSignals&) = delete;
  ~KeptSignals();

  /// A process that nohup has made deaf to SIGHUP stays so.
  bool hears_hang_up() const;
};

}  // namespace headway::job
